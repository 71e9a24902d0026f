/** k6's error codes. */
const ERROR = {
  other: 1000,
  badUrl: 1020,
  timeout: 1050,
  lookup: 1101,
  dialTimeout: 1211,
  dialUnknown: 1213,
  refused: 1212,
  reset: 1220,
  tls: 1300,
  unknownAuthority: 1310,
  wrongHost: 1311,
};

export const BLACKLISTED = 1110;
export const BLOCKED = 1111;

/** A request that cannot be made, with k6's error code. */
export class RequestError extends Error {
  constructor(
    message: string,
    readonly code: number,
  ) {
    super(message);
  }
}

/** Throws a RequestError when a request to this address cannot be made. */
export function parseUrl(url: string): URL {
  const scheme = /^([a-z][a-z0-9+.-]*):/i.exec(url)?.[1] ?? '';
  if (!/^https?$/i.test(scheme)) {
    throw new RequestError(`unsupported protocol scheme "${scheme}"`, ERROR.other);
  }
  if (/^https?:\/*$/i.test(url)) throw new RequestError('http: no Host in request URL', ERROR.other);
  const parsed = URL.parse(url);
  if (!parsed) throw new RequestError(`invalid URL "${url}"`, ERROR.badUrl);
  return parsed;
}

/** Malformed responses, by fetch's own codes. */
const MALFORMED: Record<string, string> = {
  Malformed_HTTP_Response: 'malformed HTTP response',
  InvalidHTTPResponse: 'malformed chunked encoding',
  InvalidContentLength: 'bad Content-Length',
  UnrequestedUpgrade: 'unexpected 101 response',
  EOF: 'EOF',
};

/** Turns an error of fetch into `error_code` and `error`. */
export function describeFailure(cause: unknown): { code: number; message: string } {
  const error = cause as Error & { code?: string };
  if (cause instanceof RequestError) return { code: cause.code, message: cause.message };
  if (error.name === 'TimeoutError') return { code: ERROR.timeout, message: 'request timeout' };
  const code = error.code ?? '';
  const malformed = MALFORMED[code];
  if (malformed !== undefined) return { code: ERROR.other, message: malformed };
  if (/ECONNREFUSED|ConnectionRefused/.test(code)) {
    return { code: ERROR.refused, message: 'dial: connection refused' };
  }
  if (/ENOTFOUND|DNS/i.test(code)) return { code: ERROR.lookup, message: 'lookup: no such host' };
  // The system's own limit, of about two minutes.
  if (code === 'ETIMEDOUT') return { code: ERROR.dialTimeout, message: 'dial: i/o timeout' };
  if (/FailedToOpenSocket|^E(INVAL|MFILE|ADDR|NET|HOST)/.test(code)) {
    return { code: ERROR.dialUnknown, message: `dial: ${code}` };
  }
  if (/ECONNRESET|ConnectionClosed|Socket/i.test(code)) {
    return { code: ERROR.reset, message: 'read: connection reset by peer' };
  }
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID') {
    return { code: ERROR.wrongHost, message: "x509: certificate doesn't match hostname" };
  }
  if (/SELF_SIGNED_CERT|UNABLE_TO_(GET_ISSUER|VERIFY)/.test(code)) {
    return { code: ERROR.unknownAuthority, message: 'x509: unknown authority' };
  }
  if (/TLS|SSL|CERT/.test(code)) return { code: ERROR.tls, message: error.message };
  return { code: ERROR.other, message: error.message };
}

/** Whether a failure shows that there was no connection on which the request could go. */
export const isBeforeConnection = (code: number): boolean =>
  code === ERROR.badUrl || (code >= ERROR_RANGE.from && code < ERROR_RANGE.to && code !== ERROR.reset);

/** Names, connections and TLS. */
const ERROR_RANGE = { from: 1100, to: 1400 };
