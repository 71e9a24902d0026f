import { EcsConnectionError, EcsError, EcsTimeoutError, errorOfResponse, glimpse } from './errors.ts';
import type { RequestEvent } from './options.ts';

/** The JSON object of a 2xx answer; everything else is the error that it is. */
export function readAnswer(response: Response, text: string, event: RequestEvent): object {
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

/** The error of a proxy's page, a portal's redirect: something answered that is not the API. */
export function badResponse(response: Response, event: RequestEvent, what: string): EcsError {
  const { status, headers } = response;
  return new EcsError(`${event.url} answered ${status} with ${what}`, {
    code: 'bad_response',
    status,
    requestId: headers.get('x-request-id') ?? event.requestId,
  });
}

/** The error of an attempt that got no answer: too late, or not at all. */
export function lostAnswer(cause: unknown, event: RequestEvent, expired: boolean): EcsError {
  const { requestId, url } = event;
  if (expired) {
    return new EcsTimeoutError(`${url} did not answer in time`, {
      code: 'timeout',
      requestId,
      retryable: true,
    });
  }
  const why = cause instanceof Error ? cause.message : String(cause);
  const fields = { code: 'connection_failed', requestId, retryable: true };
  return new EcsConnectionError(`${url} cannot be reached: ${why}`, fields, cause);
}
