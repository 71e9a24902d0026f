import { sharedProblem } from '../kernel/errors.ts';

/**
 * Bounded work in flight, with room kept for important work: when a process has more to do than it can, the
 * least important is rejected first, at once and with `Retry-After`, rather than everything becoming slow. A
 * `high` request may take every slot, a `normal` one 80 % of them, a `low` one 60 %.
 */
export type Priority = 'low' | 'normal' | 'high';

const SHARES: Record<Priority, number> = { low: 0.6, normal: 0.8, high: 1 };

/** Made once: collecting a stack for each rejection would cost more than the rejection. */
const OVERLOADED = sharedProblem('overloaded');

export interface Admission {
  /** Throws as `run` would: impossible work is rejected before it costs more. */
  requireRoom(priority: Priority): void;
  /** Takes a slot and returns its release, which works once. Throws as `run` does. */
  enter(priority: Priority): () => void;
  /** Does the work when there is room for it. Throws AppError 503 `overloaded` when there is not. */
  run<T>(priority: Priority, work: () => Promise<T>): Promise<T>;
}

export function createAdmission(inFlightMax: number): Admission {
  let inFlight = 0;
  const requireRoom = (priority: Priority) => {
    if (inFlight >= inFlightMax * SHARES[priority]) throw OVERLOADED;
  };
  return {
    requireRoom,
    enter(priority) {
      requireRoom(priority);
      inFlight += 1;
      let isHeld = true;
      return () => {
        if (isHeld) inFlight -= 1;
        isHeld = false;
      };
    },
    async run(priority, work) {
      requireRoom(priority);
      inFlight += 1;
      try {
        return await work();
      } finally {
        inFlight -= 1;
      }
    },
  };
}
