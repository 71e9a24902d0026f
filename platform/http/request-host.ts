import { sharedProblem } from '../kernel/errors.ts';

const INVALID_HOST = sharedProblem('invalid_host');

const INVALID_TARGET = sharedProblem('invalid_target');

/**
 * The request with an address that everything behind it may parse: routing, checks and forwarding read the
 * same path. Without a Host, as HTTP/1.0 allows, it gets one. Throws AppError 400 for an invalid Host, as
 * RFC 9112 asks, and for a fragment: routing would count it to the path, forwarding would cut it off.
 */
export function withValidHost(request: Request): Request {
  if (request.url.includes('#')) throw INVALID_TARGET;
  if (isParsable(request.url) && !isRepeated(request.headers.get('host'))) return request;
  if ((request.headers.get('host') ?? '') !== '' || !request.url.startsWith('/')) throw INVALID_HOST;
  // The runtime resolves dot segments beside a Host alone; Request itself leaves them.
  return new Request(new URL(`http://localhost${request.url}`).href, request);
}

/** An origin that ends for a parser where it ends for a reader: what follows is a path, never at fault. */
const PLAIN_ORIGIN = /^https?:\/\/[\w.:[\]-]+\//;

/** Of the last address that was parsed: few hosts come. */
let parsableOrigin = 'http://localhost/';

function isParsable(url: string): boolean {
  if (url.startsWith(parsableOrigin)) return true;
  if (!URL.canParse(url)) return false;
  parsableOrigin = PLAIN_ORIGIN.exec(url)?.[0] ?? parsableOrigin;
  return true;
}

/** The runtime joins the values of a repeated header. */
function isRepeated(host: string | null): boolean {
  return host !== null && host.includes(',');
}
