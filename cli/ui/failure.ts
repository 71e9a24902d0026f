import { type Command, CommanderError } from 'commander';
import { again } from './command-line.ts';
import { SetupError } from '../../deploy/local/setup-error.ts';
import { AppError, reasonOf } from '../../platform/kernel/errors.ts';
import { exitCodeOf, hintOf } from './status-failure.ts';
import { fileFailure, isFileError } from './file-failure.ts';
import { CliError, EXIT } from './cli-error.ts';

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

/** Returns the CliError of a failure; the failure itself where its text already says all. */
export async function toCliError(error: unknown): Promise<unknown> {
  if (error instanceof CliError || error instanceof CommanderError) return error;
  if (error instanceof SetupError) return ofSetup(error);
  if (error instanceof AppError) {
    const { code, status } = error;
    return new CliError(reasonOf(error), exitCodeOf(status), hintOf(status, null), { code });
  }
  if (isFileError(error)) return fileFailure(error);
  // The clients of the API and of the engines take longer to load than most commands, which never need them.
  const { ofApi } = await import('./api-failure.ts');
  const apiFailure = ofApi(error);
  if (apiFailure) return apiFailure;
  const { ofEngine } = await import('./engine-failure.ts');
  return ofEngine(error) ?? error;
}

function ofSetup({ message, kind, hint, retry }: SetupError): CliError {
  const variables = retry?.variables === undefined ? '' : `${retry.variables} `;
  return new CliError(message, EXIT[kind], retry ? `${variables}${again(retry.flags)}` : hint);
}
