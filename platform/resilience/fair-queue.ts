import { problem } from '../kernel/errors.ts';

/**
 * A bounded queue that is shared fairly by key: keys take turns, so that a key with a hundred entries delays
 * another by one entry. In a full queue a newcomer takes the place of the newest entry of the key that waits
 * with the most, so that no key closes the queue to others by filling it. As many places again are reserved
 * for preferred keys, and every second turn: hundreds of new keys with an entry each do not close it to them.
 */
interface FairQueue {
  /** Runs the work in turn. Throws AppError 503 `overloaded` when there is no place, or it was taken. */
  run<T>(key: string, work: () => Promise<T>): Promise<T>;
}

export interface FairQueueLimits {
  atOnce: number;
  waitingMax: number;
}

export function createFairQueue(
  limits: FairQueueLimits,
  detail: string,
  isPreferred: (key: string) => boolean = () => false,
): FairQueue {
  const preferred = createLane(limits.waitingMax, detail);
  const ordinary = createLane(limits.waitingMax, detail);
  let running = 0;
  let isPreferredTurn = false;

  const takeNext = (): Entry | undefined => {
    isPreferredTurn = !isPreferredTurn;
    return isPreferredTurn
      ? (preferred.takeNext() ?? ordinary.takeNext())
      : (ordinary.takeNext() ?? preferred.takeNext());
  };

  return {
    async run(key, work) {
      if (running < limits.atOnce) running += 1;
      else await (isPreferred(key) ? preferred : ordinary).turnOf(key);
      try {
        return await work();
      } finally {
        // The slot goes to the next entry, or is given up.
        const next = takeNext();
        if (next) next.start();
        else running -= 1;
      }
    },
  };
}

interface Entry {
  start: () => void;
  reject: (error: unknown) => void;
}

/** Entries that wait, in turns by key. */
function createLane(waitingMax: number, detail: string) {
  /** The order of the keys is the order of their turns. */
  const queues = new Map<string, Entry[]>();
  let waitingCount = 0;

  const makeRoom = (key: string): boolean => {
    if (waitingCount < waitingMax) return true;
    const count = queues.get(key)?.length ?? 0;
    const greediest = [...queues.values()].reduce((most, entries) =>
      entries.length > most.length ? entries : most,
    );
    // An equal share is no reason to push another out.
    if (greediest.length <= count + 1) return false;
    greediest.pop()?.reject(overloaded(detail));
    waitingCount -= 1;
    return true;
  };

  return {
    takeNext(): Entry | undefined {
      const next = queues.entries().next().value;
      if (!next) return undefined;
      const [key, entries] = next;
      const entry = entries.shift();
      queues.delete(key);
      if (entries.length > 0) queues.set(key, entries);
      waitingCount -= 1;
      return entry;
    },
    turnOf: (key: string): Promise<void> =>
      new Promise((resolve, reject) => {
        if (!makeRoom(key)) return reject(overloaded(detail));
        const entries = queues.get(key) ?? [];
        entries.push({ start: resolve, reject });
        queues.set(key, entries);
        waitingCount += 1;
      }),
  };
}

const RETRY_AFTER_SECONDS = 2;

function overloaded(detail: string) {
  return problem('overloaded', { detail, retryAfterSeconds: RETRY_AFTER_SECONDS });
}
