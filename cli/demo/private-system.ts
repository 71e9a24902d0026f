import { chmodSync, mkdtempSync, readdirSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stopSystem } from '../../deploy/local/stack/stop-system.ts';
import { CliError, talkNotice } from '../ui/output.ts';
import { startSystem } from '../../deploy/local/stack/system.ts';
import type { Steps } from './steps.ts';

/** A system of the demo's own: in a folder of its own, on free ports. */
export interface DemoSystem {
  url: string;
  databaseUrl: string;
  stop(): Promise<void>;
  /** Ends every process at once. */
  kill(): void;
}

export function makeDataDir(prefix = 'ecs-demo-'): string {
  const dataDir = mkdtempSync(join(tmpdir(), prefix));
  // PostgreSQL may run as another user, with a need to pass through.
  chmodSync(dataDir, 0o711);
  return dataDir;
}

/** Removes the data; after a failure all but the logs. */
export function removeDataDir(dataDir: string, keepLogs: boolean): void {
  for (const name of readdirSync(dataDir)) {
    if (keepLogs && name === 'logs') continue;
    // PostgreSQL's data may be a link to where its user can reach it.
    for (const path of [realpathSync(join(dataDir, name)), join(dataDir, name)]) {
      rmSync(path, { recursive: true, force: true });
    }
  }
  if (readdirSync(dataDir).length === 0) rmSync(dataDir, { recursive: true });
}

/** Supervised by this process: gone with it. */
export async function startHere(dataDir: string, steps: Steps): Promise<DemoSystem> {
  // Each step of the start ends when the next one begins.
  let endStep = () => {};
  let shown: Promise<unknown> = Promise.resolve();
  const onStep = (label: string) => {
    endStep();
    const { promise, resolve } = Promise.withResolvers<void>();
    endStep = resolve;
    shown = shown.then(() => steps.run(label, () => promise));
  };
  try {
    return await startSystem({ dataDir, port: 0, split: false, onStep, notify: talkNotice });
  } finally {
    endStep();
    await shown;
  }
}

/** Supervised by a process that stays, as with `ecs up --detach`. */
export async function startKept(dataDir: string, steps: Steps): Promise<DemoSystem> {
  const { url, databaseUrl } = await steps.run(
    'starting the engines, the services and their supervisor',
    async () => {
      const main = join(import.meta.dir, '..', 'main.ts');
      const child = Bun.spawn(
        [process.execPath, main, 'up', '--detach', '--json', '--port', '0', '--data-dir', dataDir],
        // Not ended by Ctrl-C: its own processes must be known before they can be stopped.
        { stdin: 'ignore', stdout: 'pipe', stderr: 'pipe', detached: true },
      );
      const [printed, complaint, code] = await Promise.all([
        new Response(child.stdout).text(),
        new Response(child.stderr).text(),
        child.exited,
      ]);
      if (code !== 0) throw new CliError(complaint.trim().replace(/^ecs: /, ''), code);
      return (JSON.parse(printed) as { data: { url: string; databaseUrl: string } }).data;
    },
  );
  const stop = async () => {
    await stopSystem(dataDir);
  };
  return { url, databaseUrl, stop, kill: () => void stop() };
}
