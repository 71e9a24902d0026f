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
      if (code !== 0) throw new CliError(complaint.trim().replace(/^(system: .*\n)?ecs: /, ''), code);
      return (JSON.parse(printed) as { data: { url: string; databaseUrl: string } }).data;
    },
  );
  const stop = async () => {
    await stopSystem(dataDir);
  };
  return { url, databaseUrl, stop, kill: () => void stop() };
}
