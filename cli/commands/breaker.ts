import type { Command } from 'commander';
import type { BreakerStatus } from '../../platform/resilience/breaker.ts';
import { run } from '../ui/failure.ts';
import { CliError, EXIT, printJson, printTable } from '../ui/output.ts';
import { type SystemFlags } from '../config/session.ts';
import { askStatus } from '../../deploy/local/stack/service-status.ts';
import { resolveContext } from '../config/context.ts';

export function register(program: Command): void {
  const command = program
    .command('breaker')
    .summary('the circuit breaker before the risk model: closed, open, half-open');
  command.action(
    run(async (flags: SystemFlags) => {
      const { opsUrls } = resolveContext(flags);
      if (opsUrls.length === 0) {
        throw new CliError(
          'the breaker is seen on the private side only',
          EXIT.notAllowed,
          'ECS_OPS_URLS=http://host:9464,…, or run this where the system runs',
        );
      }
      const breakers = (await Promise.all(opsUrls.map(({ url }) => breakersOf(url)))).flat();
      if (breakers.length === 0) {
        throw new CliError('no credit process responds', EXIT.unreachable, 'ecs status');
      }
      if (flags.json) printJson(breakers);
      else
        printTable(
          breakers.map((breaker) => ({ service: breaker.part, ...breaker })),
          ['service', 'pid', 'state', 'failures', 'nextProbeAt'],
        );
    }),
  );
}

/** The breakers of a process; none when it has none or does not respond. */
async function breakersOf(opsUrl: string): Promise<({ part: string; pid: number } & BreakerStatus)[]> {
  const page = await askStatus(opsUrl);
  return (page?.parts ?? []).flatMap(({ name, breaker }) =>
    page && breaker ? [{ part: name, pid: page.pid, ...breaker }] : [],
  );
}
