import { ENDPOINT_LIST } from '../../sdk/contracts/endpoints.ts';
import { DAY_SECONDS } from '../../sdk/contracts/time.ts';

type Handle = (request: Request) => Response | Promise<Response>;

/** Headers that a page may send; not X-Internal-Key, which has no place in a browser. */
const ALLOWED_HEADERS = [
  'authorization',
  'content-type',
  'idempotency-key',
  'if-none-match',
  'last-event-id',
  'traceparent',
  'x-ecs-client',
  'x-request-id',
];
const ALLOWED_METHODS = [...new Set(['HEAD', ...ENDPOINT_LIST.map(([, { method }]) => method)])].toSorted();
const EXPOSED_HEADERS = [
  'etag',
  'idempotency-replayed',
  'location',
  'ratelimit',
  'ratelimit-policy',
  'retry-after',
  'x-request-id',
];

/**
 * Lets web pages of these origins call the API from a browser; `*` stands for any. Without an origin nothing
 * is allowed, and nothing changes. Cookies are never: a page shows its customer's token.
 */
export function allowOrigins(origins: string[], handle: Handle): Handle {
  if (origins.length === 0) return handle;
  const isOpen = origins.includes('*');

  return async (request) => {
    const origin = request.headers.get('origin');
    const isAllowed = origin !== null && (isOpen || origins.includes(origin));
    const response = isAllowed && isPreflight(request) ? preflightResponse() : await handle(request);
    if (!isOpen) response.headers.append('vary', 'origin');
    if (isAllowed) {
      response.headers.set('access-control-allow-origin', isOpen ? '*' : origin);
      response.headers.set('access-control-expose-headers', EXPOSED_HEADERS.join(', '));
    }
    return response;
  };
}

function isPreflight(request: Request): boolean {
  return request.method === 'OPTIONS' && request.headers.has('access-control-request-method');
}

function preflightResponse(): Response {
  const headers = {
    'access-control-allow-methods': ALLOWED_METHODS.join(', '),
    'access-control-allow-headers': ALLOWED_HEADERS.join(', '),
    'access-control-max-age': String(DAY_SECONDS),
  };
  return new Response(null, { status: 204, headers });
}
