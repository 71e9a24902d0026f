import type { System } from '../../deploy/local/stack/system.ts';

const systems = new Set<System>();

/** Ends the started processes on Ctrl-C; returns a function that stops listening for it. */
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
