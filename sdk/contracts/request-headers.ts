import type { ProblemDetail } from './problem.ts';

/** Also `charset*`, the form of RFC 8187. */
const CHARSETS = /;\s*charset\*?\s*=\s*"?([^\s";]*)/gi;

/**
 * Whether a type of a body names no charset but UTF-8. JSON has no parameter `charset`, yet many clients send
 * it: bytes are read as UTF-8, whatever it says.
 */
export function isUtf8(contentType: string | null): boolean {
  if (!contentType?.includes(';')) return true;
  const charsets = [...contentType.matchAll(CHARSETS)];
  return charsets.every(([, charset = '']) => /^(utf-?8|us-ascii)$/i.test(charset));
}

/**
 * Whether the conditions of a request hold: the tags of this API are weak, so that `If-Match` is true of none
 * (RFC 9110, 13.1.1), and a write compares no tag.
 */
export function conditionsHold(method: string, headers: Pick<Headers, 'get' | 'has'>): boolean {
  const isRead = method === 'GET' || method === 'HEAD';
  const ifMatch = headers.get('if-match');
  const isMatched = ifMatch === null || ifMatch.trim() === '*';
  return isMatched && (isRead || !headers.has('if-none-match'));
}

/** Each names a method in place of the one in the request line, by which proxies have routed and logged. */
const METHOD_OVERRIDES = ['X-HTTP-Method-Override', 'X-HTTP-Method', 'X-Method-Override'] as const;

/** Their values go on to services, as no HTTP library would send a control character in them. */
const TEXTS = [
  'Accept',
  'Content-Type',
  'Idempotency-Key',
  'If-None-Match',
  'Last-Event-ID',
  'X-Internal-Key',
] as const;
// oxlint-disable-next-line no-control-regex
const CONTROL = /[\0-\x08\x0a-\x1f\x7f]/;

/**
 * Returns a fault for each header that asks for something the API does not do, and for a body where none is
 * read: to ignore them would be to do something else than the client means.
 */
export function faultsOfHeaders(method: string, headers: Pick<Headers, 'get' | 'has'>): ProblemDetail[] {
  const faults: ProblemDetail[] = [];
  const refuse = (path: string, message: string) => faults.push({ path, message });
  for (const name of METHOD_OVERRIDES) {
    const override = headers.get(name);
    if (override !== null && override.trim().toUpperCase() !== method)
      refuse(`/header/${name}`, `is not obeyed: the request is a ${method}`);
  }
  for (const name of TEXTS) {
    // Its key is named by a code of its own.
    if (name === 'Idempotency-Key' && method === 'POST') continue;
    if (CONTROL.test(headers.get(name) ?? '')) refuse(`/header/${name}`, 'must not hold control characters');
  }
  if (method === 'GET' || method === 'HEAD') {
    const isEmpty = Number(headers.get('content-length') ?? 0) === 0 && !headers.has('transfer-encoding');
    if (!isEmpty) refuse('/body', `must not be there: a ${method} has its parameters in the address`);
    return faults;
  }
  if (headers.has('content-range')) refuse('/header/Content-Range', 'is not obeyed: send the whole body');
  if (method !== 'POST' && headers.has('idempotency-key'))
    refuse('/header/Idempotency-Key', `is of a POST alone: a ${method} may be sent again without one`);
  return faults;
}
