import { unavailable } from '../../platform/errors.ts';

/**
 * argon2id takes tens of milliseconds of a core: a few run at once, some wait, the rest is refused, so that
 * logging in cannot take the machine away from everything else.
 */
export interface Passwords {
  hash(password: string): Promise<string>;
  /** Takes the same time when there is no hash to compare with. */
  verify(password: string, hash: string | null): Promise<boolean>;
}

const AT_ONCE = 2;
const WAITING_MAX = 64;
const ARGON = { algorithm: 'argon2id', memoryCost: 19_456, timeCost: 2 } as const;

export function createPasswords(): Passwords {
  const waiting: (() => void)[] = [];
  let running = 0;
  // The hash of nobody's password, made like every other.
  const decoy = Bun.password.hash(crypto.randomUUID(), ARGON);

  const inTurn = async <T>(work: () => Promise<T>): Promise<T> => {
    if (running >= AT_ONCE) {
      if (waiting.length >= WAITING_MAX)
        throw unavailable('overloaded', 'Too many people log in at once.', undefined, 2);
      await new Promise<void>((resolve) => waiting.push(resolve));
    } else {
      running += 1;
    }
    try {
      return await work();
    } finally {
      // The place is handed on to who waits, or given up.
      const next = waiting.shift();
      if (next) next();
      else running -= 1;
    }
  };

  return {
    hash: (password) => inTurn(() => Bun.password.hash(password, ARGON)),
    verify: (password, hash) =>
      inTurn(async () => {
        const matches = await Bun.password.verify(password, hash ?? (await decoy));
        return hash !== null && matches;
      }),
  };
}
