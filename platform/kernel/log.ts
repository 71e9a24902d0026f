import pino, { type DestinationStream, type Logger } from 'pino';

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

/** What could not be written waits up to so much, in characters; later lines are lost. */
const UNWRITTEN_MAX = 1024 * 1024;

/**
 * JSON lines on stdout. A line that cannot be written, as on a full disk, is no reason to serve nobody: it
 * waits for the next one, and lines that were lost are counted in a line of their own.
 */
export function createLog(options: { name: string; level: string }): Logger {
  const output = pino.destination({ dest: process.stdout.fd, sync: true, maxLength: UNWRITTEN_MAX });
  let lostCount = 0;
  output.on('error', () => {});
  output.on('drop', () => {
    lostCount += 1;
  });
  output.on('drain', () => {
    if (lostCount === 0) return;
    const count = lostCount;
    lostCount = 0;
    log.warn({ count }, 'lines of this log could not be written');
  });
  const log = createLogTo(output, options);
  return log;
}

function createLogTo(output: DestinationStream, options: { name: string; level: string }): Logger {
  return pino(
    {
      name: options.name,
      level: options.level,
      base: { pid: process.pid },
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      redact: {
        paths: REDACTED.flatMap((key) => [key, `*.${key}`, `*.*.${key}`]),
        censor: '[redacted]',
      },
    },
    output,
  );
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
