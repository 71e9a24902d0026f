import { LIMITS } from '../contracts/limits.ts';
import { EcsError } from './errors.ts';
import type { EcsClientOptions, WriteOptions } from './options.ts';
import { uuidv7 } from './uuid.ts';

export const TIMEOUT_MS = 10_000;
const DEADLINE_MS = 30_000;
const RETRIES_MAX = 3;

/** A redirect is never followed and no cookie sent: the credentials are for this address alone. */
export const FETCH = { redirect: 'manual', credentials: 'omit' } as const;

/** The request that a method describes. */
export interface RequestSpec {
  method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** One of `PATHS`, with its parameters. */
  path: string;
  params?: Record<string, string>;
  query?: Record<string, string | number | undefined>;
  body?: { contentType: string; text: string };
  options?: WriteOptions | undefined;
}

/** The same with every default, made once and sent in each attempt. */
export interface Call {
  method: string;
  url: string;
  headers: Record<string, string>;
  body: string | undefined;
  requestId: string;
  signal: AbortSignal | undefined;
  timeoutMs: number;
  maxRetries: number;
  deadlineAt: number;
}

/** Throws EcsError `invalid_argument`. */
export function toCall(spec: RequestSpec, defaults: EcsClientOptions, base: string): Call {
  const options = spec.options ?? {};
  const requestId = uuidv7();
  return {
    method: spec.method,
    url: urlOf(base, spec),
    headers: {
      accept: 'application/json',
      'x-request-id': requestId,
      ...(spec.body ? { 'content-type': spec.body.contentType } : {}),
      ...(spec.method === 'POST' ? { 'idempotency-key': readKey(options.idempotencyKey) } : {}),
    },
    body: spec.body?.text,
    requestId,
    signal: options.signal,
    timeoutMs: options.timeoutMs ?? defaults.timeoutMs ?? TIMEOUT_MS,
    maxRetries: options.maxRetries ?? defaults.maxRetries ?? RETRIES_MAX,
    deadlineAt: performance.now() + (options.deadlineMs ?? defaults.deadlineMs ?? DEADLINE_MS),
  };
}

export function readBaseUrl(text: string): string {
  const url = parseUrl(text);
  if (url && /^https?:$/.test(url.protocol)) return `${url.origin}${url.pathname.replace(/\/+$/, '')}`;
  throw new EcsError(`baseUrl must be an http(s) address, not ${JSON.stringify(text)}`, {
    code: 'invalid_base_url',
  });
}

function parseUrl(text: string): URL | null {
  try {
    return new URL(text);
  } catch {
    return null;
  }
}

export function urlOf(base: string, spec: Pick<RequestSpec, 'path' | 'params' | 'query'>): string {
  const { path, params = {}, query = {} } = spec;
  for (const [name, value] of Object.entries(params)) requireSegment(name, value);
  const parameters = Object.entries(query).filter(([, value]) => value !== undefined);
  const search = new URLSearchParams(parameters.map(([name, value]) => [name, String(value)])).toString();
  return `${base}${fillPath(path, params)}${search === '' ? '' : `?${search}`}`;
}

/** `/v1/users/{user_id}/offers` + `{user_id: 'x y'}` -> `/v1/users/x%20y/offers`. */
function fillPath(path: string, params: Record<string, string>): string {
  return path.replace(/\{(\w+)\}/g, (_, name: string) => {
    const value = params[name];
    if (value === undefined) throw new Error(`the path ${path} needs ${name}`);
    return encodeURIComponent(value);
  });
}

/** An empty segment, or one that means "up", would make it another address. */
function requireSegment(name: string, value: unknown): void {
  if (typeof value === 'string' && value !== '' && value !== '.' && value !== '..') return;
  throw new EcsError(`${name} must be an id, not ${JSON.stringify(value) ?? 'undefined'}`, {
    code: 'invalid_argument',
  });
}

function readKey(key: string | undefined): string {
  if (key === undefined) return uuidv7();
  if (/^[\x21-\x7e]+$/.test(key) && key.length <= LIMITS.idempotencyKeyLengthMax) return key;
  throw new EcsError('an idempotencyKey has 1 to 255 visible ASCII characters', { code: 'invalid_argument' });
}
