import { runCommand } from './command.ts';

/**
 * `bun load-tests/runner/main.ts [FLAGS] FILE`: runs one script, or standard input as `-`, in a process of
 * its own and exits as k6 would. `ecs load run` starts it.
 */
const interruption = new AbortController();
for (const name of ['SIGINT', 'SIGTERM'] as const) {
  process.on(name, () => {
    if (interruption.signal.aborted) process.exit(105);
    interruption.abort();
  });
}
process.exit(await runCommand(process.argv.slice(2), process.env, interruption.signal));
