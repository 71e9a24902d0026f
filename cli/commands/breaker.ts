import type { Command } from 'commander';
import type { BreakerStatus } from '../../platform/breaker.ts';
import { run } from '../failure.ts';
import { CliError, EXIT, printJson, printTable } from '../output.ts';
import { type SystemFlags, systemOptions } from '../session.ts';
import { resolveSystem } from '../system/target.ts';

interface StatusPage {
  pid: number;
  parts: { name: string; breaker?: BreakerStatus }[];
}

const ASK_MS = 3_000;

export function register(program: Command): void {
  const command = program
    .command('breaker')
    .summary('the circuit breaker before the risk model: closed, open, half-open');
  systemOptions(command).action(
    run(async (flags: SystemFlags) => {
      const { opsUrls } = resolveSystem(flags);
      if (opsUrls.length === 0) {
        throw new CliError(
          'the breaker is seen on the private side only',
          EXIT.notAllowed,
          'run this where the system runs',
        );
      }
      const breakers = (await Promise.all(opsUrls.map(ask))).flat();
      if (breakers.length === 0) {
        throw new CliError('no credit process answers', EXIT.unreachable, 'ecs status');
      }
      if (flags.json) printJson(breakers);
      else
        printTable(
          breakers.map((one) => ({ ...one })),
          ['part', 'pid', 'state', 'failures', 'nextProbeAt'],
        );
    }),
  );
}

/** The breakers of a process; none when it has none or does not answer. */
async function ask({ url }: { url: string }): Promise<({ part: string; pid: number } & BreakerStatus)[]> {
  try {
    const response = await fetch(`${url}/statusz`, { signal: AbortSignal.timeout(ASK_MS) });
    const { pid, parts } = (await response.json()) as StatusPage;
    return parts.flatMap(({ name, breaker }) => (breaker ? [{ part: name, pid, ...breaker }] : []));
  } catch {
    return [];
  }
}
