import type { ProcessLock } from '../processes/process-lock.ts';
import { keepState, type SystemState } from './state.ts';
import type { Supervised } from './supervise.ts';

/** The processes of a system, with its state on the disk and its claim on the folder. */
export interface SystemProcesses {
  engines: Supervised[];
  services: Supervised[];
  /** Writes the state, with that of each process. */
  save(): void;
  /** Drains the services, then stops the engines and gives the folder back. */
  stop(): Promise<void>;
  /** Ends every process at once. The state file stays, so that the next start finds the leftovers. */
  kill(): void;
}

/** Supervises the processes that are added to it, as one system that stops as a whole. */
export function superviseSystem(options: {
  dataDir: string;
  state: SystemState;
  lock: ProcessLock;
  onChildren?: ((children: SystemState['children']) => void) | undefined;
}): SystemProcesses {
  const { dataDir, state, lock, onChildren } = options;
  const engines: Supervised[] = [];
  const services: Supervised[] = [];
  const file = keepState(dataDir, state);
  const processes = () => [...services, ...engines];
  const save = () => {
    state.children = processes().map((supervised) => supervised.state());
    file.save();
    onChildren?.(state.children);
  };
  return {
    engines,
    services,
    save,
    async stop() {
      state.state = 'stopping';
      save();
      await Promise.all(services.map((service) => service.stop()));
      await Promise.all(engines.map((engine) => engine.stop()));
      file.remove();
      lock.release();
    },
    kill() {
      state.state = 'stopping';
      for (const supervised of processes()) supervised.kill();
      lock.release();
    },
  };
}
