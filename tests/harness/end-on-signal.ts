import type { System } from '../../cli/system/system.ts';

const systems = new Set<System>();

/** Ctrl-C ends what was started as well; answers how to stop listening for it. */
export function endOnSignal(system: System): () => void {
  if (systems.size === 0) for (const signal of SIGNALS) process.on(signal, endAll);
  systems.add(system);
  return () => {
    systems.delete(system);
    if (systems.size === 0) for (const signal of SIGNALS) process.off(signal, endAll);
  };
}

const SIGNALS = ['SIGINT', 'SIGTERM'] as const;

function endAll(): void {
  for (const system of systems) system.kill();
  process.exit(130);
}
