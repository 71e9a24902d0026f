import { onEndingSignal } from '../processes/signals.ts';
import { startSystem, type System, type SystemOptions } from './system.ts';

/**
 * Runs a system until a signal: the first one stops it in order, a second one ends it at once. Throws the
 * error of a start that failed.
 */
export async function runUntilSignal(
  options: SystemOptions & { onRunning: (system: System) => void; onStopping?: () => void },
): Promise<void> {
  const stopped = Promise.withResolvers<void>();
  let signals = 0;
  let killStarting = () => {};
  const starting = startSystem({ ...options, onBegun: (kill) => (killStarting = kill) });
  const ignoreSignals = onEndingSignal(() => {
    signals += 1;
    if (signals === 1) options.onStopping?.();
    // The first one waits until the start is over.
    else killStarting();
    // A start that fails has already stopped its processes.
    void starting.then(
      (system) => {
        if (signals > 1) system.kill();
        else void system.stop().then(stopped.resolve, stopped.reject);
      },
      () => {},
    );
  });
  try {
    const system = await starting;
    if (signals === 0) options.onRunning(system);
    await stopped.promise;
  } catch (error) {
    // Of a start that was ended on purpose.
    if (signals < 2) throw error;
  } finally {
    ignoreSignals();
  }
}
