import type { ApiCall } from './api-call.ts';
import { optionsOf } from './check-options.ts';
import type { Method, Query } from './call.ts';
import { EcsArgumentError } from './errors.ts';
import { nameOf } from './json.ts';
import type { WriteOptions } from './options.ts';
import type { Transport } from './transport.ts';

/** For an endpoint that has no method of the SDK. */
export interface RawRequestOptions extends WriteOptions {
  /** The values of `{name}` in the path. */
  params?: Record<string, string> | undefined;
  query?: Query | undefined;
  /** Sent as JSON. */
  body?: object | undefined;
  /** Sent as one JSON object per line, instead of `body`. */
  ndjson?: readonly object[] | undefined;
}

const METHODS: readonly Method[] = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'];

/** Makes a call by its method and path, with the retries, errors and credentials of every other one. */
export function requestRaw<T>(
  transport: Transport,
  method: Method,
  path: string,
  options: RawRequestOptions | undefined,
): ApiCall<T> {
  return transport.request<T>(() => {
    if (!METHODS.includes(method))
      throw new EcsArgumentError(`the method must be one of ${METHODS.join(', ')}`);
    requirePath(path);
    const { params, query, body, ndjson, ...call } = optionsOf(options, 'params', 'query', 'body', 'ndjson');
    if (body !== undefined && ndjson !== undefined) {
      throw new EcsArgumentError('a request has a body or ndjson, not both');
    }
    const hasBody = body !== undefined || ndjson !== undefined;
    if (hasBody && (method === 'GET' || method === 'HEAD')) {
      throw new EcsArgumentError(`a ${method} has no body`);
    }
    return {
      method,
      path,
      params,
      query,
      ...(body === undefined ? {} : { json: body }),
      ...(ndjson === undefined ? {} : { ndjson }),
      options: call,
      expected: 'any',
    };
  });
}

/** A path of the API: another host would get the credentials. */
function requirePath(path: unknown): void {
  if (typeof path !== 'string') throw new EcsArgumentError(`the path must be a text, not ${nameOf(path)}`);
  const isPath = /^\/(?![/\\])[^\s\\#]*$/.test(path) && !/(^|\/)(\.|%2e){1,2}(?=[/?]|$)/i.test(path);
  if (isPath) return;
  throw new EcsArgumentError('the path must begin with one /, without .., spaces and a fragment');
}
