import type { User } from './user.ts';

/** The virtual users of a test: opened before it, handed to scenarios, replaced when they were cut off. */
export interface UserPool {
  prepare(count: number): Promise<void>;
  /** An idle user; undefined when all are busy. */
  take(): User | undefined;
  /** A new user beside the others. */
  add(): Promise<User>;
  /** Takes a user back; one that was retired is of no use any more. */
  give(user: User): void;
  /** Closes a user that cannot go on. */
  retire(user: User): void;
  /** Closes a user that cannot go on and opens another by its number. */
  replace(user: User): Promise<User>;
  size(): number;
  close(): void;
}

/** So many open at a time: each runs the script's init code. */
const LANES = 8;

export function createUserPool(open: (id: number) => Promise<User>): UserPool {
  const users = new Map<number, User>();
  const idle: User[] = [];
  let last = 0;
  let closed = false;
  const add = async (id: number): Promise<User> => {
    const user = await open(id);
    if (closed) user.close();
    users.set(id, user);
    return user;
  };
  return {
    async prepare(count) {
      const lane = async () => {
        while (last < count) {
          last += 1;
          idle.push(await add(last));
        }
      };
      await Promise.all(Array.from({ length: LANES }, lane));
      idle.sort((a, b) => a.id - b.id);
    },
    take: () => idle.shift(),
    add: () => {
      last += 1;
      return add(last);
    },
    give(user) {
      if (users.get(user.id) === user) idle.push(user);
    },
    retire(user) {
      user.close();
      users.delete(user.id);
    },
    replace: (user) => {
      user.close();
      return add(user.id);
    },
    size: () => users.size,
    close() {
      closed = true;
      for (const user of users.values()) user.close();
    },
  };
}
