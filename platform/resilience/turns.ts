import { problem } from '../kernel/errors.ts';

/**
 * Work in turns by key: of each key one runs at a time, first come first served, and no key waits for
 * another. For work that may wait on a lock of its key: only one of it holds a connection meanwhile.
 */
interface Turns {
  /** Throws AppError 503 `overloaded` when too many wait already, or the turn has not come in time. */
  run<T>(key: string, work: () => Promise<T>): Promise<T>;
  /** The number of keys with work under way. */
  keyCount(): number;
}

export function createTurns(limits: { waitingMax: number; waitMs: number }, detail: string): Turns {
  /** By key with work under way: the starts of those that wait, in their order. */
  const queues = new Map<string, Set<() => void>>();

  const turnOf = (queue: Set<() => void>) =>
    new Promise<void>((resolve, reject) => {
      const start = () => {
        clearTimeout(timer);
        resolve();
      };
      const timer = setTimeout(() => {
        queue.delete(start);
        reject(problem('overloaded', { detail }));
      }, limits.waitMs);
      queue.add(start);
    });

  const passOn = (key: string, queue: Set<() => void>): void => {
    const [start] = queue;
    if (!start) queues.delete(key);
    else {
      queue.delete(start);
      start();
    }
  };

  return {
    async run(key, work) {
      const callers = queues.get(key);
      const queue = callers ?? new Set();
      if (!callers) queues.set(key, queue);
      else if (callers.size >= limits.waitingMax) throw problem('overloaded', { detail });
      else await turnOf(callers);
      try {
        return await work();
      } finally {
        passOn(key, queue);
      }
    },
    keyCount: () => queues.size,
  };
}
