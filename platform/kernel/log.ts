import pino, { type Logger } from 'pino';

export type { Logger } from 'pino';

/** Never in a log, inside any object: secrets, and the feelings of customers. */
const REDACTED = [
  'password',
  'access_token',
  'authorization',
  'secret',
  'internalKey',
  'emotionEvent',
  'metrics',
  'positivity',
  'intensity',
  'stress_level',
];

/** JSON lines on stdout. */
export function createLog(options: { name: string; level: string }): Logger {
  return pino({
    name: options.name,
    level: options.level,
    base: { pid: process.pid },
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label) => ({ level: label }) },
    redact: {
      paths: REDACTED.flatMap((key) => [key, `*.${key}`, `*.*.${key}`]),
      censor: '[redacted]',
    },
  });
}

/**
 * An error as a log's fields. Driver errors carry queries and parameters: only the fields that name the
 * fault are kept.
 */
export function errorFields(error: unknown): Record<string, unknown> {
  if (!(error instanceof Error)) return { error: String(error) };
  const code = (error as { code?: unknown }).code;
  return {
    error: error.message,
    ...(typeof code === 'string' ? { errorCode: code } : {}),
    ...(error.cause === undefined ? {} : { cause: errorFields(error.cause) }),
    stack: error.stack?.split('\n').slice(1, 6).join('\n'),
  };
}
