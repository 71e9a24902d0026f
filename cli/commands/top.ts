import type { Command } from 'commander';
import { steps } from '../../deploy/local/command-line.ts';
import { again } from '../ui/command-line.ts';
import type { Flow } from '../../sdk/contracts/operator-flow.ts';
import { createFlowSampler } from '../../platform/flow/flow-sampler.ts';
import { resolveContext } from '../config/context.ts';
import { findOperator, type OperatorFlags, operatorOption, opsUrlsOf } from '../config/operator-session.ts';
import { frameOf } from '../flow/frame.ts';
import { showLive } from '../flow/show-live.ts';
import { run } from '../ui/failure.ts';
import { withExamples } from '../ui/help.ts';
import { CliError, EXIT, isInteractive, print, printJson } from '../ui/output.ts';

type Flags = OperatorFlags & { once?: boolean };

export function register(program: Command): void {
  const command = operatorOption(program.command('top'))
    .description(
      'Shows each edge of the flow with its rate, its errors and its queue, the engines, and all that ' +
        'is not well with its row in docs/failure-modes.md. Every 2.5 seconds until Ctrl-C or q; arrows ' +
        'and pages move what is longer than the terminal. One frame when stdout is no terminal. Asks the ' +
        'private ports of the services where they are known, else the API as the operator who is logged ' +
        'in. Exits with 1 for one frame with a fault.',
    )
    .option('--once', 'one frame, on a terminal as well')
    .action(run(watch));
  withExamples(
    command,
    ['ecs top'],
    ['ecs top --once'],
    ["ecs top --json | jq '.data.findings'", 'for a script: one frame'],
    ['ECS_URL=https://ecs.example.com ecs top', 'a system elsewhere, as an operator'],
  );
}

async function watch(flags: Flags): Promise<void> {
  const source = sourceOf(flags);
  if (isInteractive() && !flags.once && !flags.json) return showLive(source.watch, source.name);
  const flow = await source.read();
  const isFault = flow.condition === 'fault';
  if (!flags.json) {
    const columns = process.stdout.columns ?? Number.POSITIVE_INFINITY;
    print(frameOf(flow, { title: source.name, columns }).join('\n'));
  } else if (!isFault) printJson(flow);
  if (!isFault) return;
  const [worst] = flow.findings;
  throw new CliError(worst?.text ?? 'a fault', EXIT.failed, undefined, {
    data: flow,
    code: 'unhealthy',
    isSaid: true,
  });
}

interface Source {
  name: string;
  read(): Promise<Flow>;
  watch(signal: AbortSignal): AsyncGenerator<Flow, void, void>;
}

/** The private ports, else the API. */
function sourceOf(flags: OperatorFlags): Source {
  const context = resolveContext(flags);
  const opsUrls = opsUrlsOf(context, flags);
  if (opsUrls.length > 0) {
    const sampler = createFlowSampler({ opsUrls: opsUrls.map((ops) => ops.url) });
    return { name: context.url, read: () => sampler.read(), watch: (signal) => sampler.watch(signal) };
  }
  const session = findOperator(flags);
  if (!session) {
    throw new CliError(
      'the flow is seen on the private side, or as an operator',
      EXIT.notAllowed,
      steps('ecs operators login NAME', `ECS_OPS_URLS=http://HOST:9464 ${again()}`),
    );
  }
  const { flow } = session.api;
  return { name: context.url, read: () => flow.get(), watch: (signal) => flow.watch({ signal }) };
}
