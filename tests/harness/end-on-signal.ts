import type { System } from '../../cli/system/system.ts';

/** Ctrl-C ends what was started as well; answers how to stop listening for it. */
export function endOnSignal(system: System): () => void {
  const end = (): void => {
    system.kill();
    process.exit(130);
  };
  process.on('SIGINT', end);
  process.on('SIGTERM', end);
  return () => {
    process.off('SIGINT', end);
    process.off('SIGTERM', end);
  };
}
