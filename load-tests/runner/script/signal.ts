/**
 * Indexes of the signal between a user's thread and the main thread: the number of deliveries at the port,
 * whether the time is over, a value that stays, and whether the current iteration is the last.
 */
export const SIGNAL = { responses: 0, interrupted: 1, never: 2, stopped: 3 } as const;
