import type { Command } from 'commander';
import { steps } from '../../deploy/local/command-line.ts';
import { again } from '../ui/command-line.ts';
import type { BreakerStatus } from '../../platform/resilience/breaker.ts';
import { run } from '../ui/failure.ts';
import { CliError, EXIT, printJson, printTable } from '../ui/output.ts';
import { findOperator, type OperatorFlags, operatorOption, opsUrlsOf } from '../config/operator-session.ts';
import { askStatus } from '../../deploy/local/stack/service-status.ts';
import { resolveContext } from '../config/context.ts';

export function register(program: Command): void {
  const command = program.command('breaker');
  operatorOption(command).action(
    run(async (flags: OperatorFlags) => {
      const breakers = await readBreakers(flags);
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

type Breaker = { part: string; pid: number } & BreakerStatus;

/** Asks the private ports, else the API as the operator. */
async function readBreakers(flags: OperatorFlags): Promise<Breaker[]> {
  const opsUrls = opsUrlsOf(resolveContext(flags), flags);
  if (opsUrls.length > 0) return (await Promise.all(opsUrls.map(({ url }) => breakersOf(url)))).flat();
  const session = findOperator(flags);
  if (session) {
    const { services } = await session.api.system.status();
    return services.flatMap(({ service, pid, details }) => {
      const { breaker } = details as { breaker?: BreakerStatus };
      return breaker ? [{ part: service, pid, ...breaker }] : [];
    });
  }
  throw new CliError(
    'the breaker is seen on the private side, or as an operator',
    EXIT.notAllowed,
    steps('ecs operators login NAME', `ECS_OPS_URLS=http://HOST:9464 ${again()}`),
  );
}

/** The breakers of a process; none when it has none or does not respond. */
async function breakersOf(opsUrl: string): Promise<Breaker[]> {
  const page = await askStatus(opsUrl);
  return (page?.parts ?? []).flatMap(({ name, breaker }) =>
    page && breaker ? [{ part: name, pid: page.pid, ...breaker }] : [],
  );
}
