import type { Command } from 'commander';
import { pause } from '../../platform/kernel/lifecycle.ts';
import { type OperatorFlags, operatorOption } from '../config/operator-session.ts';
import { interruptSignal } from '../config/session.ts';
import { readStatus } from '../status/read-status.ts';
import { showStatus } from '../status/show-status.ts';
import { run } from '../ui/failure.ts';
import { withExamples } from '../ui/help.ts';
import { CliError, EXIT, printJson, printJsonLine, talk } from '../ui/output.ts';

export function register(program: Command): void {
  const status = operatorOption(program.command('status'))
    .description(
      'Shows every service with its backlog. Of a system elsewhere: the state of its gateway, and every ' +
        'service whose private address is known (ECS_OPS_URLS, or `ecs profile add --ops-url`), or that ' +
        'the API shows to the operator who is logged in.',
    )
    .option('-w, --watch', 'again every two seconds, until Ctrl-C')
    .action(
      run(async (flags: OperatorFlags & { watch?: boolean }) => {
        if (flags.watch) return watch(flags);
        const systemStatus = await readStatus(flags);
        if (flags.json) printJson(systemStatus);
        else showStatus(systemStatus);
      }),
    );
  withExamples(
    status,
    ['ecs status'],
    ['ecs status --watch'],
    ["ecs status --json | jq '.data.services[] | {name, ready}'"],
    ['ECS_URL=https://ecs.example.com ecs status', 'a system elsewhere'],
  );
}

const WATCH_MS = 2000;
const CLEAR = '\u001b[H\u001b[2J';

async function watch(flags: OperatorFlags): Promise<void> {
  const signal = interruptSignal();
  let isShown = false;
  while (!signal.aborted) {
    try {
      const systemStatus = await readStatus(flags);
      if (process.stdout.isTTY && !flags.json) process.stdout.write(CLEAR);
      if (flags.json) printJsonLine(systemStatus);
      else showStatus(systemStatus);
      isShown = true;
    } catch (error) {
      // Watches on while the system is down, until it is back.
      if (!isShown || !(error instanceof CliError && error.exitCode === EXIT.unreachable)) throw error;
      talk(error.message);
    }
    await pause(WATCH_MS, signal).catch(() => {});
  }
}
