import { steps } from '../../deploy/local/command-line.ts';
import { again } from './command-line.ts';
import { EXIT } from './cli-error.ts';

/** The exit code of a response's status. */
export function exitCodeOf(status: number): number {
  if (status === 400 || status === 413 || status === 422) return EXIT.usage;
  if (status === 401 || status === 403) return EXIT.notAllowed;
  if (status === 404) return EXIT.notFound;
  if (status === 409 || status === 410) return EXIT.conflict;
  if (status === 502 || status === 503 || status === 504) return EXIT.unreachable;
  return EXIT.failed;
}

const LOG_IN = steps('ecs login EMAIL', 'ecs operators login NAME');

/** The next step after a response with a status, if there is one. */
export function hintOf(
  status: number | null,
  retryAfterMs: number | null,
  code?: string,
): string | undefined {
  if (status === 401) return LOG_IN;
  if (code === 'role_missing') return 'ecs operators me';
  if (retryAfterMs !== null)
    return steps(`sleep ${Math.ceil(retryAfterMs / 1000)}; ${again()}`, 'ecs status');
  if (status !== null && status >= 500) return steps('ecs status', 'ecs doctor');
  return undefined;
}
