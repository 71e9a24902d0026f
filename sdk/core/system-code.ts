const DEPTH_MAX = 10;

/** The names of older Bun for errors of the system. */
const SYSTEM_NAME: Record<string, string> = {
  ConnectionRefused: 'ECONNREFUSED',
  ConnectionClosed: 'ECONNRESET',
  ConnectionReset: 'ECONNRESET',
  FailedToOpenSocket: 'ECONNREFUSED',
  ConnectionTimeout: 'ETIMEDOUT',
  DNSResolveFailed: 'ENOTFOUND',
};

const CONNECT_TIMEOUTS = new Set(['ETIMEDOUT', 'UND_ERR_CONNECT_TIMEOUT']);

/**
 * Returns the code of a failed connection, as `ECONNREFUSED`, `ENOTFOUND` or `CERT_HAS_EXPIRED`, from
 * anywhere in the chain of causes: one of the system before one of a library; null for none.
 */
export function systemCodeOf(error: unknown): string | null {
  const codes = chainOf(error).flatMap((link) => {
    const { code, message } = link as { code?: unknown; message?: unknown };
    if (typeof code === 'string' && /^[\w-]{2,64}$/.test(code)) return [SYSTEM_NAME[code] ?? code];
    const [, named] = /\b(E[A-Z]{4,}[A-Z0-9]*)\b/.exec(typeof message === 'string' ? message : '') ?? [];
    return named === undefined || named === 'ERROR' ? [] : [named];
  });
  return codes.find((code) => /^E[A-Z0-9]+$/.test(code)) ?? codes[0] ?? null;
}

/** Whether the code is of a connection that was not made in time. */
export const isConnectTimeout = (code: string | null): boolean => code !== null && CONNECT_TIMEOUTS.has(code);

/** Returns the messages of an error and its causes, without repetition. */
export function reasonOf(error: unknown): string {
  if (typeof error !== 'object' || error === null) return String(error);
  const messages = chainOf(error).map(({ message }) => (typeof message === 'string' ? message : ''));
  const parts: string[] = [];
  for (const message of messages) {
    if (message !== '' && !parts.some((part) => part.includes(message))) parts.push(message);
  }
  return parts.join(': ') || 'no reason was named';
}

/** The error, its causes, and the first of errors that happened together. */
function chainOf(error: unknown): { message?: unknown }[] {
  const chain = new Set<object>();
  let link = error;
  while (typeof link === 'object' && link !== null && !chain.has(link) && chain.size < DEPTH_MAX) {
    chain.add(link);
    const { cause, errors } = link as { cause?: unknown; errors?: unknown };
    link = cause ?? (Array.isArray(errors) ? errors[0] : undefined);
  }
  return [...chain];
}
