import { steps } from '../../deploy/local/command-line.ts';
import { EcsConnectionError, EcsError, EcsTimeoutError, ValidationError } from '../../sdk/index.ts';
import { CliError, EXIT } from './cli-error.ts';
import { exitCodeOf, hintOf } from './status-failure.ts';

/** The CliError of a failed call of the API; null for another failure. */
export function ofApi(error: unknown): CliError | null {
  if (!(error instanceof EcsError)) return null;
  if (error instanceof EcsConnectionError || error instanceof EcsTimeoutError) {
    const details = { code: error.code, requestId: error.requestId ?? undefined };
    return new CliError(error.message, EXIT.unreachable, steps('ecs status', 'ecs up --detach'), details);
  }
  // What the SDK refuses before a request came from a flag: commands give it no other wrong option.
  if (error.kind === 'argument') {
    const message = error.message.replace(/\bidempotencyKey\b/, '--idempotency-key');
    return new CliError(message, EXIT.usage, undefined, { code: error.code });
  }
  const wrong = error instanceof ValidationError ? error.errors : [];
  const list = wrong
    .map(({ path, message }) => `${path.replace(/^\/body\/?/, '') || 'body'} ${plain(message)}`)
    .join('; ');
  const detail = list || error.problem?.detail || error.message;
  const id = error.requestId && (error.status ?? 0) >= 500 ? ` (request ${error.requestId})` : '';
  const exitCode = error.status === null ? EXIT.failed : exitCodeOf(error.status);
  return new CliError(`${detail}${id}`, exitCode, hintOf(error.status, error.retryAfterMs, error.code), {
    code: error.code,
    requestId: error.requestId ?? undefined,
  });
}

/** Rewords the errors of a schema. */
function plain(message: string): string {
  const [, bound, length] = /string length (greater|less) or equal to (\d+)/.exec(message) ?? [];
  if (length) return `must have at ${bound === 'greater' ? 'least' : 'most'} ${length} characters`;
  return message.startsWith('Expected string to match') ? 'has the wrong form' : message;
}
