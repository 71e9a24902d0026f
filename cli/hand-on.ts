import { CliError } from './output.ts';

/**
 * Runs a script of ours as a process of its own, with its output as ours. Throws a CliError with its exit
 * code.
 */
export async function handOn(script: string, args: string[], failure: string): Promise<void> {
  const child = Bun.spawn([process.execPath, script, ...args], { stdio: ['ignore', 'inherit', 'inherit'] });
  const forward = (signal: NodeJS.Signals) => child.kill(signal);
  process.on('SIGINT', forward);
  process.on('SIGTERM', forward);
  const code = await child.exited;
  if (code !== 0) throw new CliError(failure, code);
}
