/**
 * A day's summary: counts and exact sums of its events, kept by the statement that stores them, so that they
 * equal a recount. Days are UTC.
 */

/** From this stress level on an event counts as stressful. */
export const STRESS_LEVEL_MIN = 0.7;
