import { runCommand } from './command.ts';
import { EXIT } from './protocol/endings.ts';

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
let hasFault = false;
// A fault of the runner itself never looks like a success.
const endByFault = (error: unknown): void => {
  hasFault = true;
  process.stderr.write(`ERRO fault of the runner: ${Bun.inspect(error)}\n`);
  interruption.abort();
};
process.on('unhandledRejection', endByFault);
process.on('uncaughtException', endByFault);
// Not awaited: a compiled bundle allows no `await` at its top level.
void runCommand(process.argv.slice(2), process.env, interruption.signal)
  .catch(endByFault)
  .then((code) => process.exit(hasFault ? EXIT.fault : (code ?? EXIT.fault)));
