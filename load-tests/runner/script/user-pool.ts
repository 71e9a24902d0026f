import type { User } from './user.ts';

/** The virtual users of a test: opened before it, taken by scenarios, replaced after an interruption. */
export interface UserPool {
  prepare(count: number): Promise<void>;
  /** An idle user; undefined when all are busy. */
  take(): User | undefined;
  /** A new user beside the others. */
  add(): Promise<User>;
  /** Takes a user back, unless it was retired. */
  give(user: User): void;
  /** Closes a user that cannot go on. */
  retire(user: User): void;
  /** Closes a user that cannot go on and opens another by its number. */
  replace(user: User): Promise<User>;
  size(): number;
  close(): Promise<void>;
}

/** Bounded because each user runs the script's init code while it opens. */
const LANES = 8;

export function createUserPool(open: (id: number) => Promise<User>): UserPool {
  const users = new Map<number, User>();
  const idle: User[] = [];
  let lastId = 0;
  let isClosed = false;
  const add = async (id: number): Promise<User> => {
    const user = await open(id);
    if (isClosed) void user.close();
    users.set(id, user);
    return user;
  };
  return {
    async prepare(count) {
      const runLane = async () => {
        while (lastId < count) {
          lastId += 1;
          idle.push(await add(lastId));
        }
      };
      await Promise.all(Array.from({ length: LANES }, runLane));
      idle.sort((a, b) => a.id - b.id);
    },
    take: () => idle.shift(),
    add: () => {
      lastId += 1;
      return add(lastId);
    },
    give(user) {
      if (users.get(user.id) === user) idle.push(user);
    },
    retire(user) {
      void user.close();
      users.delete(user.id);
    },
    replace: (user) => {
      void user.close();
      return add(user.id);
    },
    size: () => users.size,
    async close() {
      isClosed = true;
      await Promise.all([...users.values()].map((user) => user.close()));
    },
  };
}
