import type { Lifecycle } from './lifecycle.ts';

/** The time before a process may use the database: it loads, opens and connects to the broker meanwhile. */
export interface Hold {
  isOver(): boolean;
  over: Promise<void>;
}

export const NO_HOLD: Hold = { isOver: () => true, over: Promise.resolve() };

/**
 * Holds until a line comes on stdin, or the process drains. Its end without a line is the death of the
 * process that prepares the database, so that nothing will come of this one either.
 */
export function holdUntilLine(
  { signal }: Pick<Lifecycle, 'signal'>,
  onEnd: () => void,
  input: ReadableStream<Uint8Array> = Bun.stdin.stream(),
): Hold {
  let isOver = false;
  const { promise: over, resolve } = Promise.withResolvers<void>();
  const end = () => {
    isOver = true;
    resolve();
  };
  signal.addEventListener('abort', end, { once: true });
  const reader = input.getReader();
  void reader.read().then(({ done }) => {
    if (done && !isOver) return onEnd();
    end();
    return reader.cancel();
  });
  return { isOver: () => isOver, over };
}
