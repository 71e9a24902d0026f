/**
 * Indexes of the signal between a user's thread and the main thread: the number of deliveries at the port,
 * whether the time is over, and a value that stays.
 */
export const SIGNAL = { responses: 0, interrupted: 1, never: 2 } as const;
