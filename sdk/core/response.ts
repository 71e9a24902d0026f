import { EcsConnectionError, EcsError, EcsTimeoutError, errorOfResponse, glimpse } from './errors.ts';
import type { RequestEvent } from './options.ts';

/** Returns the JSON object of a 2xx response. Throws the error that any other response is. */
export function readResponse(response: Response, text: string, event: RequestEvent): object {
  const { status, headers } = response;
  if (response.type === 'opaqueredirect' || (status >= 300 && status < 400)) {
    throw badResponse(response, event, 'a redirect, which is not followed: check baseUrl');
  }
  if (!response.ok) {
    throw errorOfResponse({ status, headers, text, requestId: event.requestId, url: event.url });
  }
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null) return value;
  } catch {
    // The error below quotes the start of the body instead.
  }
  throw badResponse(response, event, `not the API's JSON${glimpse(text)}`);
}

/** Returns the error of a proxy's page or a portal's redirect, in place of a response of the API. */
export function badResponse(response: Response, event: RequestEvent, content: string): EcsError {
  const { status, headers } = response;
  return new EcsError(`${event.url} returned ${status} with ${content}`, {
    code: 'bad_response',
    status,
    requestId: headers.get('x-request-id') ?? event.requestId,
  });
}

/** Returns the error of an attempt without a response: too late, or not at all. */
export function missingResponse(cause: unknown, event: RequestEvent, expired: boolean): EcsError {
  const { requestId, url } = event;
  if (expired) {
    return new EcsTimeoutError(`${url} did not respond in time`, {
      code: 'timeout',
      requestId,
      retryable: true,
    });
  }
  const reason = cause instanceof Error ? cause.message : String(cause);
  const fields = { code: 'connection_failed', requestId, retryable: true };
  return new EcsConnectionError(`${url} cannot be reached: ${reason}`, fields, cause);
}
