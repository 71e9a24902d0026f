import type { TSchema } from '@sinclair/typebox';
import { type Endpoint, NDJSON_TYPE } from '../../../sdk/contracts/endpoint.ts';
import { LIMITS } from '../../../sdk/contracts/limits.ts';
import { ENDPOINT_LIST, type EndpointName, ENDPOINTS } from '../../../sdk/contracts/endpoints.ts';
import { Health } from '../../../sdk/contracts/health.ts';
import { PARTNER_SCOPES, type PartnerScope } from '../../../sdk/contracts/partner-scopes.ts';
import { withProblems } from './problem-schema.ts';
import { byStatus } from './problems.ts';
import { createResponses, HEADERS, type Responses } from './responses.ts';
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
  const shared = { schemas, responses: createResponses(schemas) };
  const paths: Record<string, Record<string, unknown>> = {};
  for (const [name, endpoint] of ENDPOINT_LIST) {
    (paths[endpoint.path] ??= {})[endpoint.method.toLowerCase()] = operationOf(name, endpoint, shared);
  }
  for (const path of ['/livez', '/readyz', '/healthz']) paths[path] = { get: healthOf(path, shared) };
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
      responses: shared.responses.components(),
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

/** What operations refer to. */
interface Shared {
  schemas: Schemas;
  responses: Responses;
}

function operationOf(name: EndpointName, endpoint: Endpoint, { schemas, responses }: Shared) {
  const parameters = parametersOf(endpoint, schemas);
  return {
    operationId: name,
    summary: endpoint.summary,
    ...(endpoint.roles ? { description: describeRoles(endpoint.roles) } : {}),
    tags: [endpoint.tag],
    security: securityOf(endpoint),
    ...(parameters.length > 0 ? { parameters } : {}),
    ...(endpoint.body ? { requestBody: requestBodyOf(endpoint.body, schemas) } : {}),
    responses: responses.of(endpoint),
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

function healthOf(path: string, { schemas, responses }: Shared) {
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
      ...responses.ofProblems(byStatus(['method_not_allowed'])),
    },
  };
}
