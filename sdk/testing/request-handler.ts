import { illFormedParameter, parseWellFormed } from '../contracts/text.ts';
import * as Type from '@sinclair/typebox';
import { isUuid } from '../contracts/common.ts';
import { faultsOfStructure } from '../contracts/duplicate-keys.ts';
import { allowOf, type Endpoint, FORM_TYPE, hasOwnerInBody, NO_BODY } from '../contracts/endpoint.ts';
import { PARTNER_ENDPOINT_LIST, type PartnerEndpointName } from '../contracts/partner-endpoints.ts';
import { LIMITS } from '../contracts/limits.ts';
import { conditionsHold, faultsOfHeaders } from '../contracts/request-headers.ts';
import { uuidv7 } from '../core/uuid.ts';
import { readText } from './body.ts';
import { type Checked, numberNamesOf, readNumbers } from '../contracts/validation.ts';
import { check } from './check.ts';
import { ApiProblem, invalid, problem, problemResponse } from './problems.ts';
import { authenticate, type FakePrincipal, requireOwnBody, requireOwnPath } from './principal.ts';
import type { FakeState } from './state.ts';

/** Parameters of a path, by name. */
type Ids = Record<string, string>;

export interface FakeCall {
  principal: FakePrincipal;
  endpoint: Endpoint;
  requestId: string;
  params: Ids;
  query: Record<string, unknown>;
  body: unknown;
  text: string;
  headers: Headers;
  signal: AbortSignal;
  idempotencyKey: string | null;
  traceId: string;
}

/** By the name of the endpoint; one without a handler is not part of the fake. */
export type Handlers = Partial<
  Record<PartnerEndpointName, (call: FakeCall) => Response | object | Promise<Response | object>>
>;

/**
 * Makes the API's checks in its order: principal, method, owner, conditions, type, size, body; then calls the
 * handler.
 */
export function createRequestHandler(state: FakeState, internalKey: string, handlers: Handlers) {
  return async (request: Request): Promise<Response> => {
    const requestId = requestIdOf(request);
    try {
      const { pathname } = new URL(request.url);
      const routes = ROUTES.filter(({ pattern }) => pattern.test(pathname));
      const method = request.method === 'HEAD' ? 'GET' : request.method;
      const route = routes.find(({ endpoint }) => endpoint.method === method) ?? routes[0];
      if (!route) throw problem('not_found');
      const allow = allowOf(routes.map(({ endpoint }) => endpoint.method));
      const groups = route.pattern.exec(pathname)?.groups ?? {};
      const params = Object.fromEntries(
        Object.entries(groups).map(([name, value]) => [name, decodeURIComponent(value)]),
      );
      if (request.method === 'OPTIONS') {
        return new Response(null, { status: 204, headers: { allow, 'x-request-id': requestId } });
      }
      const call = await readCall(request, route.endpoint, params, { state, internalKey, allow });
      const handle = handlers[route.name];
      if (!handle) throw notFaked(route.name, route.endpoint);
      const result = await handle({ ...call, requestId });
      const { status } = route.endpoint.response;
      const response = result instanceof Response ? result : Response.json(result, { status });
      return await complete(response, request, requestId);
    } catch (error) {
      if (!(error instanceof ApiProblem)) throw error;
      const { pathname } = new URL(request.url);
      const route = ROUTES.find(({ pattern }) => pattern.test(pathname));
      return complete(problemResponse(error, requestId, route?.endpoint.errors), request, requestId);
    }
  };
}

/** Gives a response the headers that all of the API have, and takes the body of one to HEAD. */
async function complete(response: Response, request: Request, requestId: string): Promise<Response> {
  const { status, headers } = response;
  headers.set('x-request-id', requestId);
  if (!headers.has('cache-control')) headers.set('cache-control', 'no-store');
  // Some runtimes write a charset, which JSON has not.
  if (headers.get('content-type')?.startsWith('application/json')) {
    headers.set('content-type', 'application/json');
  }
  if (request.method !== 'HEAD') return response;
  await response.body?.cancel();
  return new Response(null, { status, headers });
}

const ROUTES = PARTNER_ENDPOINT_LIST.map(([name, endpoint]) => ({
  name,
  endpoint,
  pattern: new RegExp(`^${endpoint.path.replace(/\{(\w+)\}/g, '(?<$1>[^/]+)')}$`),
}));

async function readCall(
  request: Request,
  endpoint: Endpoint,
  params: Ids,
  { state, internalKey, allow }: { state: FakeState; internalKey: string; allow: string },
): Promise<Omit<FakeCall, 'requestId'>> {
  const principal = authenticate(request, endpoint, state, internalKey);
  if (request.method !== endpoint.method && !(request.method === 'HEAD' && endpoint.method === 'GET')) {
    throw problem('method_not_allowed', { detail: `This path takes ${allow}.`, headers: { allow } });
  }
  requireOwnPath(principal, endpoint, params);
  const query = readQuery(request, endpoint);
  if (!conditionsHold(request.method, request.headers)) throw problem('precondition_failed');
  const faults = faultsOfHeaders(request.method, request.headers);
  if (faults.length > 0) throw invalid(faults);
  const idempotencyKey = endpoint.method === 'POST' ? readKey(request) : null;
  const { body: contract = NO_BODY } = endpoint;
  const text = await readText(request, contract);
  const isJson = contract.contentType === 'application/json';
  if (isJson && hasOwnerInBody(endpoint)) requireOwnBody(principal, ownerOf(text));
  const isForm = contract.contentType === FORM_TYPE;
  const body = isJson ? readJson(text, contract) : isForm ? readForm(text, contract) : undefined;
  return {
    endpoint,
    principal,
    params: readIds(endpoint, params),
    query,
    body,
    text,
    headers: request.headers,
    signal: request.signal,
    idempotencyKey,
    traceId: uuidv7().replaceAll('-', ''),
  };
}

function readIds({ params: table = {} }: Endpoint, params: Ids): Ids {
  const ids = Object.entries(table).map(([name, { isOwner, absent, pattern }]) => {
    const text = params[name] ?? '';
    const isValid = pattern === undefined ? isOwner || isUuid(text) : new RegExp(pattern).test(text);
    if (!isValid) throw problem(absent);
    return [name, pattern === undefined ? text.toLowerCase() : text];
  });
  return Object.fromEntries(ids) as Ids;
}

/** The API serves it; this fake does not. */
function notFaked(name: PartnerEndpointName, { method, path }: Endpoint): ApiProblem {
  return new ApiProblem(501, 'not_faked', `${method} ${path} (${name}) is not part of the fake.`);
}

function ownerOf(text: string): string | undefined {
  try {
    const value = JSON.parse(text) as { userId?: unknown } | null;
    return typeof value?.userId === 'string' ? value.userId : undefined;
  } catch {
    return undefined;
  }
}

function readJson(text: string, { schema }: NonNullable<Endpoint['body']>): unknown {
  if (text === '') return {};
  let value: unknown;
  try {
    value = parseWellFormed(text);
  } catch {
    throw problem('malformed_body', { detail: 'The body is not valid JSON of well-formed texts.' });
  }
  const faults = faultsOfStructure(text, value);
  return requireFit(faults.length > 0 ? { ok: false, errors: faults } : check(schema, value));
}

/** A parameter without a value counts as absent, and comes once. */
function readForm(text: string, { schema }: NonNullable<Endpoint['body']>): unknown {
  const parameters = [...new URLSearchParams(text)];
  if (new Set(parameters.map(([name]) => name)).size < parameters.length) {
    throw problem('malformed_body', { detail: 'A parameter came more than once.' });
  }
  return requireFit(check(schema, Object.fromEntries(parameters.filter(([, value]) => value !== ''))));
}

function requireFit(checked: Checked<unknown>): unknown {
  if (checked.ok) return checked.value;
  throw invalid(checked.errors.map(({ path, message }) => ({ path: `/body${path}`, message })));
}

const NO_PARAMETERS = Type.Object({}, { additionalProperties: false });

function readQuery(request: Request, { query = NO_PARAMETERS }: Endpoint): Record<string, unknown> {
  const illFormed = illFormedParameter(request.url);
  if (illFormed !== null)
    throw invalid([{ path: `/query/${illFormed}`, message: 'is not percent-encoded UTF-8' }]);
  const texts: Record<string, string> = {};
  for (const [name, value] of new URL(request.url).searchParams) {
    if (Object.hasOwn(texts, name))
      throw invalid([{ path: `/query/${name}`, message: 'came more than once' }]);
    texts[name] = value;
  }
  const values = readNumbers(numberNamesOf(query), texts);
  const checked = check(query, values);
  if (checked.ok) return values;
  throw invalid(checked.errors.map(({ path, message }) => ({ path: `/query${path}`, message })));
}

function readKey(request: Request): string | null {
  const key = request.headers.get('idempotency-key');
  if (key === null || (key.length <= LIMITS.idempotencyKeyLengthMax && /^[\x21-\x7e]+$/.test(key)))
    return key;
  throw problem('invalid_idempotency_key');
}

const SANE_ID = new RegExp(`^[\\w.:/+=@-]{1,${LIMITS.requestIdLengthMax}}$`);

function requestIdOf(request: Request): string {
  const requestId = request.headers.get('x-request-id');
  return requestId !== null && SANE_ID.test(requestId) ? requestId : uuidv7();
}
