import { onEndingSignal } from '../../deploy/local/processes/signals.ts';
import type { System } from '../../deploy/local/stack/system.ts';

const systems = new Set<System>();
let ignoreSignals = () => {};

/** Ends the started processes on Ctrl-C; returns a function that stops listening for it. */
export function endOnSignal(system: System): () => void {
  if (systems.size === 0) ignoreSignals = onEndingSignal(endAll);
  systems.add(system);
  return () => {
    systems.delete(system);
    if (systems.size === 0) ignoreSignals();
  };
}

function endAll(): void {
  for (const system of systems) system.kill();
  process.exit(130);
}
