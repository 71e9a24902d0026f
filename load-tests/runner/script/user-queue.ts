import type { User } from './user.ts';

/** Idle users, or the takers that wait for one. A user that cannot be opened fails them all. */
export function createUserQueue() {
  let idle: User[] = [];
  const waiting: PromiseWithResolvers<User | undefined>[] = [];
  let failure: { error: unknown } | undefined;
  return {
    offer(user: User): void {
      const next = waiting.shift();
      if (next) next.resolve(user);
      else idle.push(user);
    },
    fail(error: unknown): void {
      failure ??= { error };
      for (const { reject } of waiting.splice(0)) reject(error);
    },
    throwFailure(): void {
      if (failure) throw failure.error;
    },
    hasFailed: () => failure !== undefined,
    /** The users that are wanted now; below 0, those that are left. */
    demand: () => waiting.length - idle.length,
    /** Resolves with undefined once the signal is aborted. */
    async next(signal: AbortSignal): Promise<User | undefined> {
      const user = idle.shift();
      if (user || signal.aborted) return user;
      if (failure) throw failure.error;
      const wait = Promise.withResolvers<User | undefined>();
      waiting.push(wait);
      const giveUp = () => {
        const at = waiting.indexOf(wait);
        if (at !== -1) waiting.splice(at, 1);
        wait.resolve(undefined);
      };
      signal.addEventListener('abort', giveUp, { once: true });
      try {
        return await wait.promise;
      } finally {
        signal.removeEventListener('abort', giveUp);
      }
    },
    /** Lets users be taken by their numbers. */
    sort(): void {
      idle = idle.toSorted((a, b) => a.id - b.id);
    },
  };
}
