import type { User } from './user.ts';
import { createUserQueue } from './user-queue.ts';

/** The virtual users of a test: opened before it, taken by scenarios, replaced after an interruption. */
export interface UserPool {
  /**
   * Opens this many users and waits for them, at most `withinMs`; the others are opened later. Returns the
   * number of users that are ready.
   */
  prepare(count: number, withinMs: number): Promise<number>;
  /** Returns the next idle user, or a new one; undefined once the signal is aborted. */
  take(signal: AbortSignal): Promise<User | undefined>;
  /** Opens a further user. */
  add(): Promise<User>;
  /** Takes a user back, unless it was retired. */
  give(user: User): void;
  /** Closes a user that cannot go on. */
  retire(user: User): void;
  /** Closes a user that cannot go on, and opens another by its number for the next that takes one. */
  replace(user: User): void;
  size(): number;
  /** Opens no more of the users that were to be prepared. */
  stopPreparing(): void;
  close(): Promise<void>;
}

/** Bounded because each user runs the script's init code while it opens. */
const LANES = 8;

export function createUserPool(open: (id: number) => Promise<User>): UserPool {
  const users = new Map<number, User>();
  const queue = createUserQueue();
  let lastId = 0;
  let isPreparing = true;
  let isClosed = false;
  let planned = 0;
  /** Users on their way to the next takers. */
  let opening = 0;
  const openUser = async (id: number): Promise<User> => {
    const user = await open(id);
    if (isClosed) void user.close();
    users.set(id, user);
    return user;
  };
  const nextId = () => {
    lastId += 1;
    return lastId;
  };
  const openForQueue = async (id: number): Promise<void> => {
    opening += 1;
    try {
      queue.offer(await openUser(id));
    } catch (error) {
      queue.fail(error);
    } finally {
      opening -= 1;
    }
  };
  const isMissing = () => isPreparing && !queue.hasFailed() && lastId < planned;
  const runLane = async () => {
    while (isMissing()) await openForQueue(nextId());
  };
  return {
    async prepare(count, withinMs) {
      planned = count;
      const lanes = Promise.all(Array.from({ length: LANES }, runLane));
      const timer = Promise.withResolvers<void>();
      const timeout = setTimeout(timer.resolve, withinMs);
      await Promise.race([lanes, timer.promise]);
      clearTimeout(timeout);
      queue.throwFailure();
      queue.sort();
      return users.size;
    },
    async take(signal) {
      const coming = opening + (isPreparing ? Math.max(0, planned - lastId) : 0);
      if (queue.demand() >= coming) void openForQueue(nextId());
      return queue.next(signal);
    },
    add: () => openUser(nextId()),
    give(user) {
      if (users.get(user.id) === user) queue.offer(user);
    },
    retire(user) {
      void user.close();
      users.delete(user.id);
    },
    replace(user) {
      void user.close();
      users.delete(user.id);
      void openForQueue(user.id);
    },
    size: () => users.size,
    stopPreparing: () => {
      isPreparing = false;
    },
    async close() {
      isClosed = true;
      isPreparing = false;
      await Promise.all([...users.values()].map((user) => user.close()));
    },
  };
}
