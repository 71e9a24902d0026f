import { describe, expect, test } from 'bun:test';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TSchema } from '@sinclair/typebox';
import { createConfig, lintFromString } from '@redocly/openapi-core';
import { createValidator } from '../../../platform/kernel/validation.ts';
import { ENDPOINT_LIST } from '../../../sdk/contracts/endpoints.ts';
import { Problem } from '../../../sdk/contracts/problem.ts';
import { RESPONSES } from './examples.ts';
import { documents, FOLDER } from './write.ts';

const allDocuments = Object.entries(documents());

describe.each(allDocuments)('%s', (name, text) => {
  test('is valid and follows the strict rules of a linter', async () => {
    const config = await createConfig({ extends: ['recommended-strict'] });
    const problems = await lintFromString({ source: text, absoluteRef: join(FOLDER, name), config });
    expect(problems.map(({ ruleId, message }) => `${ruleId}: ${message}`)).toEqual([]);
  });

  test('is the one in docs/api: a change of the wire is seen (`npm run documents` writes it)', () => {
    expect(text).toBe(readFileSync(join(FOLDER, name), 'utf8'));
  });
});

describe('openapi.json', () => {
  const document = JSON.parse(documents()['openapi.json'] ?? '') as OpenApi;
  const operations = Object.values(document.paths).flatMap((path) => Object.values(path));

  test('has every endpoint, each body with one content type and an example that is valid', () => {
    expect(operations.map(({ operationId }) => operationId)).toEqual(
      expect.arrayContaining(ENDPOINT_LIST.map(([name]) => name)),
    );
    for (const [name, { body, answer }] of ENDPOINT_LIST) {
      const operation = operations.find(({ operationId }) => operationId === name);
      expectValid(answer.schema, RESPONSES[name]);
      expect(operation?.responses[String(answer.status)]?.content['application/json']?.example).toBeDefined();
      if (!body) continue;
      const content = Object.entries(operation?.requestBody?.content ?? {});
      expect(content.map(([type]) => type)).toEqual([body.contentType]);
      expectValid(body.schema, content[0]?.[1].example);
    }
  });

  test('shows each refusal as a problem that is one', () => {
    for (const { responses } of operations) {
      const problems = Object.entries(responses).filter(([status]) => Number(status) >= 400);
      for (const [status, { content }] of problems) {
        const body = content['application/problem+json'] ?? content['application/json'];
        if (body?.example === undefined) continue;
        expectValid(Problem, body.example);
        expect(String((body.example as Problem).status)).toBe(status);
      }
    }
  });
});

interface OpenApi {
  paths: Record<string, Record<string, Operation>>;
}
interface Operation {
  operationId: string;
  requestBody?: { content: Record<string, { example: unknown }> };
  responses: Record<string, { content: Record<string, { example?: unknown }> }>;
}

function expectValid(schema: TSchema, value: unknown): void {
  expect(createValidator(schema).check(value)).toMatchObject({ ok: true });
}
