import { onEndingSignal } from '../../deploy/local/processes/signals.ts';

/** Processes that end at once, now. */
interface Killable {
  kill(): void;
}

const started = new Set<Killable>();
let ignoreSignals = () => {};

/** Ends the started processes on Ctrl-C; returns a function that stops listening for it. */
export function endOnSignal(processes: Killable): () => void {
  if (started.size === 0) ignoreSignals = onEndingSignal(endAll);
  started.add(processes);
  return () => {
    started.delete(processes);
    if (started.size === 0) ignoreSignals();
  };
}

function endAll(): void {
  for (const processes of started) processes.kill();
  process.exit(130);
}
