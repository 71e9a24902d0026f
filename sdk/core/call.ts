import { LIMITS } from '../contracts/limits.ts';
import { CALL_OPTIONS, checkOptions } from './check-options.ts';
import { plainObject } from './plain-object.ts';
import { EcsArgumentError } from './errors.ts';
import { checkHeaders, mergeHeaders } from './headers.ts';
import { nameOf, toJson } from './json.ts';
import type { ClientOverrides, WriteOptions } from './options.ts';
import { redactUrl } from './redact.ts';
import type { Expected } from './response.ts';
import { clientHeaders } from './runtime.ts';
import type { Signals } from './timing.ts';
import { uuidv7 } from './uuid.ts';

export const TIMEOUT_MS = 10_000;
const JSON_TYPE = 'application/json';
const DEADLINE_MS = 30_000;
const RETRIES_MAX = 3;

export type Method = 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
export type Query = Readonly<Record<string, string | number | boolean | undefined>>;

/** The request that a method describes. */
export interface RequestSpec {
  method: Method;
  /** A path of the contracts, with its parameters. */
  path: string;
  params?: Record<string, string> | undefined;
  query?: Query | undefined;
  /** The body, as JSON. */
  json?: unknown;
  /** The body, as one line of JSON each. */
  ndjson?: readonly object[] | string;
  options?: WriteOptions | undefined;
  /** The fields that the client, or nearly every caller, goes on with. */
  expected?: Expected | undefined;
  /** The type of a response that is read as it comes: the data is an `OpenStream`. */
  stream?: 'text/event-stream' | 'application/json';
}

/** The same with every default, made once and sent in each attempt. */
export interface Call {
  method: string;
  url: string;
  headers: Record<string, string>;
  body: string | undefined;
  expected: Expected;
  stream: RequestSpec['stream'];
  requestId: string;
  signals: Signals;
  timeoutMs: number;
  maxRetries: number;
  deadlineMs: number;
  deadlineAt: number;
}

/** Throws EcsArgumentError. */
export function toCall(spec: RequestSpec, defaults: ClientOverrides, base: string): Call {
  const options = checkOptions(spec.options, CALL_OPTIONS);
  checkHeaders(options.headers);
  const basics = { ...clientHeaders(), 'x-request-id': uuidv7() };
  const headers = mergeHeaders(basics, defaults.headers, options.headers);
  const body = bodyOf(spec);
  const isKeyed = spec.method === 'POST';
  if (!isKeyed && options.idempotencyKey !== undefined) {
    throw new EcsArgumentError(`a ${spec.method} has no idempotencyKey`);
  }
  const deadlineMs = options.deadlineMs ?? defaults.deadlineMs ?? DEADLINE_MS;
  return {
    method: spec.method,
    url: urlOf(base, spec),
    headers: {
      ...headers,
      accept: spec.stream ?? JSON_TYPE,
      ...(body ? { 'content-type': body.contentType } : {}),
      ...(isKeyed ? { 'idempotency-key': readKey(options.idempotencyKey ?? defaults.idempotencyKey) } : {}),
    },
    body: body?.text,
    expected: spec.expected ?? {},
    stream: spec.stream,
    requestId: headers['x-request-id'] ?? basics['x-request-id'],
    signals: [defaults.signal, options.signal],
    timeoutMs: options.timeoutMs ?? defaults.timeoutMs ?? TIMEOUT_MS,
    maxRetries: options.maxRetries ?? defaults.maxRetries ?? RETRIES_MAX,
    deadlineMs,
    deadlineAt: performance.now() + deadlineMs,
  };
}

function bodyOf(spec: RequestSpec): { contentType: string; text: string } | null {
  if ('json' in spec) return { contentType: JSON_TYPE, text: toJson(spec.json) };
  if (spec.ndjson === undefined) return null;
  const text = typeof spec.ndjson === 'string' ? spec.ndjson : spec.ndjson.map(toJson).join('\n');
  return { contentType: 'application/x-ndjson', text };
}

/** The address without a slash at its end. By a pattern, since React Native's `URL` cannot tell parts. */
export function readBaseUrl(text: string | undefined): string {
  if (text === undefined) throw new EcsArgumentError('baseUrl is missing', 'invalid_base_url');
  const [, origin, path = ''] = /^(https?:\/\/[^\s/?#@\\]+)(\/[^\s?#@\\]*)?$/i.exec(text) ?? [];
  if (origin !== undefined && isUrl(text)) return `${origin.toLowerCase()}${path.replace(/\/+$/, '')}`;
  const shown = JSON.stringify(redactUrl(text).replace(/[?#].*/, '?…'));
  const message = `baseUrl must be an http(s) address without user, query and fragment, not ${shown}`;
  throw new EcsArgumentError(message, 'invalid_base_url');
}

function isUrl(text: string): boolean {
  try {
    return new URL(text) instanceof URL;
  } catch {
    return false;
  }
}

function urlOf(base: string, spec: RequestSpec): string {
  const { path } = spec;
  const params = plainObject(spec.params, 'params');
  const query = plainObject(spec.query, 'query');
  for (const [name, value] of Object.entries(params)) requireSegment(name, value);
  const search = Object.entries(query)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(readParameter(name, value))}`)
    .join('&');
  const separator = path.includes('?') ? '&' : '?';
  return `${base}${fillPath(path, params)}${search === '' ? '' : `${separator}${search}`}`;
}

/** `/v1/users/{user_id}/offers` + `{user_id: 'x y'}` -> `/v1/users/x%20y/offers`. */
function fillPath(path: string, params: Record<string, string>): string {
  return path.replace(/\{(\w+)\}/g, (_, name: string) => {
    const value = params[name];
    if (value === undefined) throw new EcsArgumentError(`the path ${path} needs ${name} in params`);
    return encodeURIComponent(value);
  });
}

/** An empty segment, or one that means "up", would make it another address. */
function requireSegment(name: string, value: unknown): void {
  if (typeof value === 'string' && value !== '' && value !== '.' && value !== '..') return;
  const shown = typeof value === 'string' && value !== '' ? JSON.stringify(value) : nameOf(value);
  throw new EcsArgumentError(`${name} must be an id, not ${shown}`);
}

function readParameter(name: string, value: unknown): string {
  const isRight =
    typeof value === 'number' ? Number.isFinite(value) : /^(string|boolean)$/.test(typeof value);
  if (isRight) return String(value);
  throw new EcsArgumentError(`${name} must be a text, a number or a boolean, not ${nameOf(value)}`);
}

function readKey(key: string | undefined): string {
  if (key === undefined) return uuidv7();
  if (/^[\x21-\x7e]+$/.test(key) && key.length <= LIMITS.idempotencyKeyLengthMax) return key;
  throw new EcsArgumentError('an idempotencyKey has 1 to 255 visible ASCII characters');
}
