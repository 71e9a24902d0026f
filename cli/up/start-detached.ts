import { existsSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { startChild } from '../../deploy/local/processes/child.ts';
import { folderInUse, supervisorOf } from '../../deploy/local/stack/claim-folder.ts';
import { readState, type SystemState } from '../../deploy/local/stack/state.ts';
import { lastLines } from '../../deploy/local/stack/supervise.ts';
import { CliError, EXIT } from '../ui/output.ts';

const POLL_MS = 10;

/**
 * Starts a supervisor in a session of its own and waits until it says that all is ready. Throws its last
 * words when it ends before that.
 */
export async function startDetached(dataDir: string, flags: string[]): Promise<SystemState> {
  if (supervisorOf(dataDir)) throw folderInUse(dataDir);
  const logs = join(dataDir, 'logs');
  mkdirSync(logs, { recursive: true });
  const logFile = join(logs, 'supervisor.log');
  // Becomes supervisor.log once the folder is claimed: until then that log is of another system.
  const draft = join(logs, `supervisor.${process.pid}.tmp`);
  const main = join(import.meta.dir, '..', 'main.ts');
  const supervisor = startChild({
    name: 'supervisor',
    command: [process.execPath, main, 'up', '--data-dir', dataDir, '--supervisor-log', draft, ...flags],
    logFile: draft,
  });
  let ended: string | undefined;
  void supervisor.exited.then((code) => {
    ended = code;
  });
  for (;;) {
    const state = readState(dataDir);
    if (state?.supervisor.pid === supervisor.pid && state.state === 'running') return state;
    if (ended !== undefined) {
      const text = lastLines(existsSync(draft) ? draft : logFile, 8);
      rmSync(draft, { force: true });
      throw failureOf(text, ended, logFile);
    }
    await Bun.sleep(POLL_MS);
  }
}

/** The failure that a supervisor has printed, with its own next steps; one that was ended printed none. */
function failureOf(text: string, ended: string, logFile: string): CliError {
  const at = `\n${text}`.lastIndexOf('\necs: ');
  if (at === -1) {
    if (ended === '0') return new CliError('the system was stopped while it started', EXIT.failed);
    return new CliError(`the supervisor ended (${ended})`, EXIT.failed, `see ${logFile}`);
  }
  const lines = text
    .slice(at)
    .replace(/^ecs: /, '')
    .split('\n');
  const isStep = (line: string) => /^(try| or): /.test(line);
  const words = lines.filter((line) => !isStep(line)).join('\n');
  const steps = lines.filter(isStep).map((line) => line.slice('try: '.length));
  const code = Number(ended);
  const exitCode = Number.isInteger(code) && code !== 0 ? code : EXIT.failed;
  return new CliError(words, exitCode, steps.length > 0 ? steps.join('\n') : `see ${logFile}`);
}
