import { type Command, CommanderError } from 'commander';
import { steps } from '../../deploy/local/command-line.ts';
import { again } from './command-line.ts';
import { SetupError } from '../../deploy/local/setup-error.ts';
import { AppError } from '../../platform/kernel/errors.ts';
import { EcsConnectionError, EcsError, EcsTimeoutError, ValidationError } from '../../sdk/index.ts';
import { fileFailure, isFileError } from './file-failure.ts';
import { CliError, EXIT } from './output.ts';

/**
 * Wraps a command's action: it gets its arguments and all flags, those of the whole program among them, and
 * its failures are all CliErrors: one line, the next step, an exit code.
 */
export function run(work: (...args: never[]) => Promise<void>) {
  return async (...parameters: unknown[]): Promise<void> => {
    const command = parameters.at(-1) as Command;
    try {
      const args = [...parameters.slice(0, -2), command.optsWithGlobals()];
      await (work as (...args: unknown[]) => Promise<void>)(...args);
    } catch (error) {
      throw await toCliError(error);
    }
  };
}

/** The CliError of a failure; the failure itself where nobody can say more of it than its text. */
export async function toCliError(error: unknown): Promise<unknown> {
  if (error instanceof CliError || error instanceof CommanderError) return error;
  if (error instanceof EcsError) return ofApi(error);
  if (error instanceof SetupError) return ofSetup(error);
  if (error instanceof AppError) {
    const { code, status } = error;
    return new CliError(error.message, exitCodeOf(status), hintOf(status, null), { code });
  }
  if (isFileError(error)) return fileFailure(error);
  // The clients of the engines take longer to load than most commands, which never need them.
  const { ofEngine } = await import('./engine-failure.ts');
  return ofEngine(error) ?? error;
}

function ofSetup({ message, kind, hint, retry }: SetupError): CliError {
  const variables = retry?.variables === undefined ? '' : `${retry.variables} `;
  return new CliError(message, EXIT[kind], retry ? `${variables}${again(retry.flags)}` : hint);
}

function ofApi(error: EcsError): CliError {
  if (error instanceof EcsConnectionError || error instanceof EcsTimeoutError) {
    const details = { code: error.code, requestId: error.requestId ?? undefined };
    return new CliError(error.message, EXIT.unreachable, steps('ecs status', 'ecs up --detach'), details);
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

function exitCodeOf(status: number): number {
  if (status === 400 || status === 413 || status === 422) return EXIT.usage;
  if (status === 401 || status === 403) return EXIT.notAllowed;
  if (status === 404) return EXIT.notFound;
  if (status === 409 || status === 410) return EXIT.conflict;
  if (status === 502 || status === 503 || status === 504) return EXIT.unreachable;
  return EXIT.failed;
}

const LOG_IN = steps('ecs login EMAIL', 'ecs operators login NAME');

function hintOf(status: number | null, retryAfterMs: number | null, code?: string): string | undefined {
  if (status === 401) return LOG_IN;
  if (code === 'role_missing') return 'ecs operators me';
  if (retryAfterMs !== null)
    return steps(`sleep ${Math.ceil(retryAfterMs / 1000)}; ${again()}`, 'ecs status');
  if (status !== null && status >= 500) return steps('ecs status', 'ecs doctor');
  return undefined;
}
