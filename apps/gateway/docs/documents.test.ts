import { describe, expect, test } from 'bun:test';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TSchema } from '@sinclair/typebox';
import { createConfig, lintFromString } from '@redocly/openapi-core';
import { createValidator } from '../../../platform/kernel/validation.ts';
import { NDJSON_TYPE } from '../../../sdk/contracts/endpoint.ts';
import { ENDPOINT_LIST } from '../../../sdk/contracts/endpoints.ts';
import { OauthError } from '../../../sdk/contracts/oauth-error.ts';
import { Problem } from '../../../sdk/contracts/problem.ts';
import { WEBHOOK_EVENT_TYPES, WebhookEvent } from '../../../sdk/contracts/webhook-events.ts';
import { EVENT_NAMES, schemaOf } from './webhooks.ts';
import { generatedFiles, ROOT } from './write.ts';

const files = generatedFiles();
const documents = Object.entries(files).filter(([path]) => path.startsWith('docs/api/'));

test.each(documents)('%s is valid and follows the strict rules of a linter', async (path, text) => {
  const config = await createConfig({ extends: ['recommended-strict'] });
  const problems = await lintFromString({ source: text, absoluteRef: join(ROOT, path), config });
  expect(problems.map(({ ruleId, message }) => `${ruleId}: ${message}`)).toEqual([]);
});

test.each(Object.entries(files))('%s is as `npm run documents` writes it', (path, text) => {
  expect(text).toBe(readFileSync(join(ROOT, path), 'utf8'));
});

describe('openapi.json', () => {
  const document = JSON.parse(files['docs/api/openapi.json'] ?? '') as OpenApi;
  const operations = Object.values(document.paths).flatMap((path) => Object.values(path));
  const followed = (reference: string) =>
    document.components.responses[reference.split('/').at(-1) ?? ''] as ResponseObject;

  test('has every endpoint, each body with one content type and an example that is valid', () => {
    expect(operations.map(({ operationId }) => operationId)).toEqual(
      expect.arrayContaining(ENDPOINT_LIST.map(([name]) => name)),
    );
    for (const [name, { body, response }] of ENDPOINT_LIST) {
      const operation = operations.find(({ operationId }) => operationId === name);
      expectValid(response.schema, response.example);
      const success = operation?.responses[String(response.status)] as ResponseObject;
      expect(success.content['application/json']?.example).toBeDefined();
      if (!body) continue;
      const content = Object.entries(operation?.requestBody?.content ?? {});
      const isBatch = body.contentType === NDJSON_TYPE;
      expect(content.map(([type]) => type)).toEqual([isBatch ? 'application/json' : body.contentType]);
      const example = content[0]?.[1].example;
      for (const value of isBatch ? (example as unknown[]) : [example]) expectValid(body.schema, value);
    }
  });

  test('has every event of webhooks, with the schema of its type in the SDK and an example that is valid', () => {
    expect(EVENT_NAMES.toSorted()).toEqual([...WEBHOOK_EVENT_TYPES, 'webhook.test' as const].toSorted());
    expect(Object.keys(document.webhooks)).toEqual(EVENT_NAMES);
    for (const name of EVENT_NAMES) {
      const { post } = document.webhooks[name] ?? {};
      const { schema, example } = post?.requestBody?.content['application/json'] ?? {};
      expectValid(schemaOf(name), example);
      expectValid(WebhookEvent, example);
      const component = (schema as { $ref: string }).$ref.split('/').at(-1) ?? '';
      expect(document.components.schemas[component]?.properties?.type).toMatchObject({ const: name });
    }
  });

  test('shows each rejection as a problem that is one', () => {
    for (const { operationId, responses } of operations) {
      const isOauth = operationId === 'createPartnerToken';
      const problems = Object.entries(responses).filter(([status]) => Number(status) >= 400);
      for (const [status, response] of problems) {
        const { content } = '$ref' in response ? followed(response.$ref) : response;
        const body = content['application/problem+json'] ?? content['application/json'];
        if (body?.example === undefined) continue;
        expectValid(isOauth ? OauthError : Problem, body.example);
        if (!isOauth) expect(String((body.example as Problem).status)).toBe(status);
      }
    }
  });
});

interface OpenApi {
  paths: Record<string, Record<string, Operation>>;
  webhooks: Record<string, Record<string, Operation>>;
  components: {
    schemas: Record<string, { properties?: Record<string, unknown> }>;
    responses: Record<string, ResponseObject>;
  };
}
interface ResponseObject {
  content: Record<string, { example?: unknown }>;
}
interface Operation {
  operationId: string;
  requestBody?: { content: Record<string, { schema: unknown; example: unknown }> };
  /** Those of rejections are shared. */
  responses: Record<string, ResponseObject | { $ref: string }>;
}

function expectValid(schema: TSchema, value: unknown): void {
  expect(createValidator(schema).check(value)).toMatchObject({ ok: true });
}
