import type { TSchema } from '@sinclair/typebox';
import { type Endpoint, NDJSON_TYPE } from '../../../sdk/contracts/endpoint.ts';
import { LIMITS } from '../../../sdk/contracts/limits.ts';
import { ENDPOINT_LIST, type EndpointName, ENDPOINTS } from '../../../sdk/contracts/endpoints.ts';
import { Health } from '../../../sdk/contracts/health.ts';
import { oauthWordOf } from '../../../sdk/contracts/oauth-error.ts';
import { PARTNER_SCOPES, type PartnerScope } from '../../../sdk/contracts/partner-scopes.ts';
import {
  PROBLEM_CONTENT_TYPE,
  PROBLEMS,
  type ProblemCode,
  toProblem,
} from '../../../sdk/contracts/problems.ts';
import { withProblems } from './problem-schema.ts';
import { byStatus, problemsOf } from './problems.ts';
import { createSchemas, type Schemas } from './schemas.ts';
import { createWebhooks } from './webhooks.ts';

const TAGS = {
  auth: 'Registration and login.',
  customers: 'A customer, with consents, export and erasure.',
  emotions: 'Emotions of customers: events in, daily summaries out.',
  transactions: 'Spending of customers.',
  credit: 'Analyses, offers and their acceptance.',
  notifications: 'Notifications of the customer.',
  webhooks: 'Events sent to an endpoint of a partner, signed.',
  operators: 'For the people who run the system, with their own tokens and roles.',
  health: 'The state of the gateway and of its dependencies.',
} as const satisfies Record<Endpoint['tag'] | 'health', string>;

const DESCRIPTIONS_OF_SCOPES = {
  'emotions:write': 'Sends emotions of every customer.',
  'transactions:write': 'Sends transactions of every customer.',
  'webhooks:manage': "Manages the partner's own webhooks.",
} as const satisfies Record<PartnerScope, string>;

/** The address at which `ecs up` serves the API. */
export const LOCAL_SERVER = 'http://127.0.0.1:9999';

/** Makes the OpenAPI 3.1 document from the table and the schemas that requests are checked by. */
export function createOpenApi(version: string, server = LOCAL_SERVER) {
  const schemas = createSchemas();
  const paths: Record<string, Record<string, unknown>> = {};
  for (const [name, endpoint] of ENDPOINT_LIST) {
    (paths[endpoint.path] ??= {})[endpoint.method.toLowerCase()] = operationOf(name, endpoint, schemas);
  }
  for (const path of ['/livez', '/readyz', '/healthz']) paths[path] = { get: healthOf(path, schemas) };
  return {
    openapi: '3.1.0',
    info: {
      title: 'Empathic Credit System',
      version,
      description: 'Emotions and transactions in, credit offers out. The subjects behind: /asyncapi.json.',
      license: { name: 'MIT', identifier: 'MIT' },
    },
    servers: [{ url: server, description: 'The gateway' }],
    tags: Object.entries(TAGS).map(([name, description]) => ({ name, description })),
    paths,
    webhooks: createWebhooks(schemas),
    components: {
      schemas: withProblems(schemas),
      headers: HEADERS,
      securitySchemes: {
        bearer: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' },
        operator: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' },
        partner: PARTNER_SECURITY,
        internalKey: { type: 'apiKey', in: 'header', name: 'X-Internal-Key' },
      },
    },
  };
}

/** OAuth 2.0 client credentials; clients resolve `tokenUrl` against the address of the server. */
const PARTNER_SECURITY = {
  type: 'oauth2',
  description: "A partner's client credentials, or private_key_jwt (RFC 7523).",
  flows: {
    clientCredentials: {
      tokenUrl: ENDPOINTS.createPartnerToken.path,
      scopes: Object.fromEntries(PARTNER_SCOPES.map((scope) => [scope, DESCRIPTIONS_OF_SCOPES[scope]])),
    },
  },
};

const text = (description: string, example: string) => ({
  description,
  schema: { type: 'string' },
  example,
});
const HEADERS = {
  'X-Request-Id': text('Names the request in logs and traces.', '0198f3a2-7c11-7d3e-9b53-0d6a1f2c4e8a'),
  'RateLimit-Policy': text(
    'The quota: q requests in a burst, filled again in w seconds.',
    '"user";q=40000;w=2',
  ),
  RateLimit: text('The rest of the quota: r requests now, all of them in t seconds.', '"user";r=39999;t=1'),
  'Retry-After': { description: 'Seconds to wait.', schema: { type: 'integer', minimum: 1 }, example: 1 },
  ETag: text('For If-None-Match: 304 while the response is the same.', 'W/"1x2y3z"'),
  'Idempotency-Replayed': text(
    '`true` when this is the response to an earlier request with this key.',
    'true',
  ),
  Location: text(
    'The accepted offer, to be read until it is active.',
    '/v1/credit-offers/0198f3a3-1f00-7c2d-9e10-6b8d4a2f5c31',
  ),
};

const refer = (...names: (keyof typeof HEADERS)[]) =>
  Object.fromEntries(names.map((name) => [name, { $ref: `#/components/headers/${name}` }]));

function operationOf(name: EndpointName, endpoint: Endpoint, schemas: Schemas) {
  const parameters = parametersOf(endpoint, schemas);
  return {
    operationId: name,
    summary: endpoint.summary,
    ...(endpoint.roles ? { description: describeRoles(endpoint.roles) } : {}),
    tags: [endpoint.tag],
    security: securityOf(endpoint),
    ...(parameters.length > 0 ? { parameters } : {}),
    ...(endpoint.body ? { requestBody: requestBodyOf(endpoint.body, schemas) } : {}),
    responses: {
      ...responseOf(endpoint, schemas),
      ...problemResponses(problemsOf(endpoint), endpoint.errors),
    },
  };
}

function describeRoles(roles: NonNullable<Endpoint['roles']>): string {
  return roles.includes('viewer') ? 'For operators of every role.' : `Role: ${roles.join(' or ')}.`;
}

function securityOf({ auth, scope }: Endpoint) {
  if (auth === 'none') return [];
  const ofPartner = scope ? [{ partner: [scope] }] : [];
  if (auth === 'partner') return ofPartner;
  if (auth === 'operator') return [{ operator: [] }, ...ofPartner];
  return auth === 'internal-or-bearer'
    ? [...ofPartner, { internalKey: [] }, { bearer: [] }]
    : [{ bearer: [] }];
}

function parametersOf(endpoint: Endpoint, schemas: Schemas) {
  const inPath = Object.entries(endpoint.params ?? {}).map(([name, { pattern }]) => ({
    name,
    in: 'path',
    required: true,
    schema: { type: 'string', ...(pattern === undefined ? { format: 'uuid' } : { pattern }) },
  }));
  const inQuery = Object.entries((endpoint.query?.properties ?? {}) as Record<string, TSchema>).map(
    ([name, schema]) => ({ name, in: 'query', required: false, schema: schemas.of(schema) }),
  );
  const key = {
    name: 'Idempotency-Key',
    in: 'header',
    required: false,
    description: 'A repeated request with the same key and body gets the first response.',
    schema: { type: 'string', minLength: 1, maxLength: 255, pattern: '^[!-~]+$' },
  };
  return [...inPath, ...inQuery, ...(endpoint.method === 'POST' ? [key] : [])];
}

function requestBodyOf({ schema, contentType, optional }: NonNullable<Endpoint['body']>, schemas: Schemas) {
  const required = optional !== true;
  const example = schema.examples?.[0] as unknown;
  if (contentType !== NDJSON_TYPE) {
    const content = { [contentType]: { schema: schemas.of(schema), example } };
    return { required, description: ENCODING, content };
  }
  const items = schemas.of(schema);
  const array = { type: 'array', minItems: 1, maxItems: LIMITS.batchLinesMax, items };
  // Named as one type: generated clients that find two send neither.
  return {
    required,
    description: `Or as \`${NDJSON_TYPE}\`, one event per line, which is read faster. ${ENCODING}`,
    content: { 'application/json': { schema: array, example: [example] } },
    'x-ndjson': { contentType: NDJSON_TYPE, line: items },
  };
}

const ENCODING = 'May be sent with Content-Encoding: gzip.';

function responseOf({ response, method, auth }: Endpoint, schemas: Schemas) {
  const { status, schema, description, example, eventStream } = response;
  const content = {
    'application/json': { schema: schemas.of(schema), example },
    ...(eventStream ? { 'text/event-stream': { schema: { type: 'string' }, example: eventStream } } : {}),
  };
  const headers = {
    ...refer('X-Request-Id'),
    ...(auth === 'none' ? {} : refer('RateLimit-Policy', 'RateLimit')),
    ...(method === 'GET' ? refer('ETag') : {}),
    ...(method === 'POST' ? refer('Idempotency-Replayed') : {}),
    ...refer(...(response.headers ?? [])),
  };
  const unchanged = {
    description: 'Unchanged: the response is the one that If-None-Match names',
    headers: refer('ETag'),
  };
  return {
    [status]: { description, headers, content },
    ...(method === 'GET' ? { 304: unchanged } : {}),
  };
}

function problemResponses(problems: Record<number, ProblemCode[]>, errors?: Endpoint['errors']) {
  const responses = Object.entries(problems).map(([status, codes]) => {
    const [code = 'internal_error'] = codes;
    const requestId = '0198f3a2-7c11-7d3e-9b53-0d6a1f2c4e8a';
    const { detail } = PROBLEMS[code];
    const isOauth = errors === 'oauth';
    const schema = { $ref: `#/components/schemas/${isOauth ? 'OauthError' : 'Problem'}` };
    const example = isOauth
      ? { error: oauthWordOf(code, Number(status)), error_description: detail, code, requestId }
      : toProblem({ code, ...PROBLEMS[code], requestId });
    const waits = status === '429' || status === '503';
    return [
      status,
      {
        description: codes.join(', '),
        headers: refer('X-Request-Id', ...(waits ? (['Retry-After'] as const) : [])),
        content: { [isOauth ? 'application/json' : PROBLEM_CONTENT_TYPE]: { schema, example } },
      },
    ] as const;
  });
  return Object.fromEntries(responses);
}

function healthOf(path: string, schemas: Schemas) {
  const content = { 'application/json': { schema: schemas.of(Health) } };
  return {
    operationId: path.slice(1),
    summary: path === '/livez' ? 'Whether the process runs' : 'Whether its dependencies respond',
    tags: ['health'],
    security: [],
    responses: {
      200: { description: 'Healthy', content },
      ...(path === '/livez'
        ? {}
        : { 503: { description: 'A dependency is down, or the process is draining', content } }),
      ...problemResponses(byStatus(['method_not_allowed'])),
    },
  };
}
