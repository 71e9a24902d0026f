import { dirname } from 'node:path';
import { runCommand } from '../../load-tests/runner/command.ts';
import type { Ending, LaneTask } from './lane-process.ts';

/** Runs scripts in this process, one per message, and sends their outcomes back. */
const texts = { stdout: '', stderr: '' };
for (const name of ['stdout', 'stderr'] as const) {
  process[name].write = (text: string | Uint8Array) => {
    texts[name] += typeof text === 'string' ? text : new TextDecoder().decode(text);
    return true;
  };
}
const send = (ending: Ending) => process.send?.(ending);
process.on('uncaughtException', (error) => send({ kind: 'crashed', reason: String(error) }));
process.on('unhandledRejection', (error) => send({ kind: 'crashed', reason: String(error) }));

process.on('message', ({ file, args, env }: LaneTask) => {
  [texts.stdout, texts.stderr] = ['', ''];
  process.chdir(dirname(file));
  runCommand(
    ['--json', '--quiet', ...args, file],
    { ...process.env, ...env },
    new AbortController().signal,
  ).then(
    (code) => send({ kind: 'ended', code, ...texts }),
    (error: Error) => send({ kind: 'crashed', reason: error.stack ?? error.message }),
  );
});
