import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import { mersenne } from 'pure-rand/generator/mersenne';
import type { PendingWork } from '../modules/pending-work.ts';

/** Globals that every virtual user has for itself. */

/** Timers that an iteration waits for, and that end with it. */
export function createTimers(pending: PendingWork) {
  const running = new Map<number, () => void>();
  let lastId = 0;
  const start = (repeat: boolean) => {
    return (work: (...args: unknown[]) => void, ms = 0, ...args: unknown[]): number => {
      lastId += 1;
      const id = lastId;
      const endWork = pending.begin();
      const end = () => {
        clear(timer);
        running.delete(id);
        endWork();
      };
      const fire = () => {
        try {
          work(...args);
          if (!repeat) end();
        } catch (error) {
          pending.fail(error);
          end();
        }
      };
      const clear = repeat ? clearInterval : clearTimeout;
      const timer = repeat ? setInterval(fire, ms) : setTimeout(fire, ms);
      running.set(id, end);
      return id;
    };
  };
  const stop = (id: number) => running.get(id)?.();
  return {
    globals: { setTimeout: start(false), setInterval: start(true), clearTimeout: stop, clearInterval: stop },
    drop: () => {
      for (const end of running.values()) end();
    },
  };
}

const SUBTLE = [
  ...(['decrypt', 'deriveBits', 'deriveKey', 'digest', 'encrypt', 'exportKey'] as const),
  ...(['generateKey', 'importKey', 'sign', 'unwrapKey', 'verify', 'wrapKey'] as const),
];

/** Web cryptography, whose work an iteration waits for. */
export function createCrypto(pending: PendingWork) {
  const subtle = SUBTLE.map((name) => {
    const method = crypto.subtle[name].bind(crypto.subtle) as (...args: unknown[]) => Promise<unknown>;
    const call = (...args: unknown[]) => method(...args).finally(pending.begin());
    return [name, call] as const;
  });
  return {
    subtle: Object.fromEntries(subtle),
    getRandomValues: crypto.getRandomValues.bind(crypto),
    randomUUID: crypto.randomUUID.bind(crypto),
  };
}

/** `Math` with a `random` that `randomSeed` can make repeatable for one user alone. */
export function seededMath() {
  let generator: ReturnType<typeof mersenne> | undefined;
  const seeded = Object.create(null) as typeof Math & { seed(seed: number): void };
  for (const name of Object.getOwnPropertyNames(Math)) {
    Object.defineProperty(seeded, name, Object.getOwnPropertyDescriptor(Math, name) ?? {});
  }
  Object.defineProperty(seeded, 'random', {
    value: () => (generator === undefined ? Math.random() : uniformFloat64(generator)),
  });
  seeded.seed = (seed) => {
    generator = mersenne(Math.trunc(seed));
  };
  return seeded;
}
