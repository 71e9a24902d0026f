import type { TSchema } from '@sinclair/typebox';
import { ENDPOINT_LIST, type Endpoint, type EndpointName } from '../../sdk/contracts/endpoints.ts';
import { PROBLEM_CONTENT_TYPE, Problem } from '../../sdk/contracts/problem.ts';

/** The OpenAPI 3.1 document, made of the same table and schemas that requests are checked by. */
export function createOpenApi(version: string) {
  const paths: Record<string, Record<string, unknown>> = {};
  for (const [name, endpoint] of ENDPOINT_LIST) {
    (paths[endpoint.path] ??= {})[endpoint.method.toLowerCase()] = operationOf(name, endpoint);
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Empathic Credit System',
      version,
      description: 'Emotions and transactions in, credit offers out.',
      license: { name: 'MIT', identifier: 'MIT' },
    },
    servers: [{ url: '/' }],
    paths,
    components: {
      schemas: { Problem },
      securitySchemes: {
        bearer: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' },
        internalKey: { type: 'apiKey', in: 'header', name: 'X-Internal-Key' },
      },
    },
  };
}

function operationOf(name: EndpointName, endpoint: Endpoint) {
  return {
    operationId: name,
    summary: endpoint.summary,
    tags: [endpoint.path.split('/')[2] ?? ''],
    security: securityOf(endpoint),
    parameters: parametersOf(endpoint),
    ...(endpoint.body ? { requestBody: requestBodyOf(endpoint.body) } : {}),
    responses: responsesOf(name, endpoint),
  };
}

function securityOf({ auth }: Endpoint) {
  if (auth === 'none') return [];
  return auth === 'bearer' ? [{ bearer: [] }] : [{ internalKey: [] }, { bearer: [] }];
}

function parametersOf(endpoint: Endpoint) {
  const inPath = [...endpoint.path.matchAll(/\{(\w+)\}/g)].map(([, name]) => ({
    name,
    in: 'path',
    required: true,
    schema: { type: 'string', format: 'uuid' },
  }));
  const inQuery = Object.entries((endpoint.query?.properties ?? {}) as Record<string, TSchema>).map(
    ([name, schema]) => ({ name, in: 'query', required: false, schema }),
  );
  const key = {
    name: 'Idempotency-Key',
    in: 'header',
    required: false,
    description: 'The same key and body again give the first answer back.',
    schema: { type: 'string', minLength: 1, maxLength: 255 },
  };
  return [...inPath, ...inQuery, ...(endpoint.method === 'POST' ? [key] : [])];
}

function requestBodyOf(body: NonNullable<Endpoint['body']>) {
  return { required: body.optional !== true, content: { [body.contentType]: { schema: body.schema } } };
}

/** Problem codes that every endpoint of a kind may answer. */
function problemsOf(endpoint: Endpoint): Record<number, string[]> {
  const problems: Record<number, string[]> = {
    405: ['method_not_allowed'],
    429: ['quota_exceeded'],
    503: ['overloaded', 'upstream_unavailable'],
  };
  if (endpoint.auth !== 'none') problems[401] = ['missing_token', 'invalid_token'];
  if (endpoint.body) Object.assign(problems, { 400: ['malformed_body'], 413: ['content_too_large'] });
  if (endpoint.body) Object.assign(problems, { 415: ['unsupported_media_type'] });
  if (endpoint.body || endpoint.query) Object.assign(problems, { 422: ['invalid_request'] });
  if (endpoint.method === 'POST') problems[409] = ['request_in_progress'];
  for (const [status, codes] of Object.entries(endpoint.problems)) {
    problems[Number(status)] = [...(problems[Number(status)] ?? []), ...codes];
  }
  return problems;
}

function responsesOf(name: EndpointName, endpoint: Endpoint) {
  const { answer } = endpoint;
  const content: Record<string, unknown> = { 'application/json': { schema: answer.schema } };
  if (name === 'listNotifications') content['text/event-stream'] = { schema: { type: 'string' } };
  const problems = Object.entries(problemsOf(endpoint)).map(([status, codes]) => [
    status,
    {
      description: codes.join(', '),
      content: { [PROBLEM_CONTENT_TYPE]: { schema: { $ref: '#/components/schemas/Problem' } } },
    },
  ]);
  return { [answer.status]: { description: answer.description, content }, ...Object.fromEntries(problems) };
}
