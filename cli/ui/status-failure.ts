import { commandLine, steps } from '../../deploy/local/command-line.ts';
import { actorFlag, again } from './command-line.ts';
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

/** The command that lists what was not found. */
const LISTS: Record<string, string> = {
  offer_not_found: 'offers',
  review_not_found: 'reviews',
  policy_not_found: 'policy',
  webhook_not_found: 'webhooks',
  partner_not_found: 'partners',
  dead_letter_not_found: 'dead-letters',
};

/** The next step after a response with a status, if there is one. */
export function hintOf(
  status: number | null,
  retryAfterMs: number | null,
  code?: string,
): string | undefined {
  if (status === 401) return LOG_IN;
  if (code === 'role_missing') return 'ecs operators me';
  const list = LISTS[code ?? ''];
  if (list !== undefined) return commandLine(list, 'ls', ...actorFlag());
  if (retryAfterMs !== null)
    return steps(`sleep ${Math.ceil(retryAfterMs / 1000)}; ${again()}`, 'ecs status');
  if (status !== null && status >= 500) return steps('ecs status', 'ecs doctor');
  return undefined;
}
