/** k6's error codes. */
const ERROR = {
  other: 1000,
  badUrl: 1020,
  timeout: 1050,
  lookup: 1101,
  blocked: 1111,
  dial: 1210,
  refused: 1212,
  reset: 1220,
};

class BadUrl extends Error {
  constructor(
    message: string,
    readonly code: number,
  ) {
    super(message);
  }
}

/** Throws an error for `describeFailure` when a request to this address cannot be made. */
export function checkUrl(url: string, blocked: string[]): void {
  const scheme = /^([a-z][a-z0-9+.-]*):/i.exec(url)?.[1] ?? '';
  if (!/^https?$/i.test(scheme)) throw new BadUrl(`unsupported protocol scheme "${scheme}"`, ERROR.other);
  if (!URL.canParse(url)) throw new BadUrl(`invalid URL "${url}"`, ERROR.badUrl);
  if (blocked.includes(new URL(url).hostname)) throw new BadUrl('hostname is blocked', ERROR.blocked);
}

/** Turns an error of fetch into `error_code` and `error`. */
export function describeFailure(cause: unknown): { code: number; message: string } {
  const error = cause as Error & { code?: string };
  if (cause instanceof BadUrl) return { code: cause.code, message: cause.message };
  if (error.name === 'TimeoutError') return { code: ERROR.timeout, message: 'request timeout' };
  const code = error.code ?? '';
  if (/ECONNREFUSED|ConnectionRefused/.test(code)) {
    return { code: ERROR.refused, message: 'dial: connection refused' };
  }
  if (/ENOTFOUND|DNS/i.test(code)) return { code: ERROR.lookup, message: 'lookup: no such host' };
  if (/FailedToOpenSocket/.test(code)) return { code: ERROR.dial, message: 'dial: no connection' };
  if (/ECONNRESET|ConnectionClosed|Socket/i.test(code)) {
    return { code: ERROR.reset, message: 'read: connection reset by peer' };
  }
  return { code: ERROR.other, message: error.message };
}
