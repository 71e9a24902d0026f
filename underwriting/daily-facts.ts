/**
 * The facts of a customer: counts and exact sums of a UTC day's events, kept by the statement that stores
 * the events, so that they equal a recount. Averages over days are weighted by events.
 */
export interface EmotionDay {
  /** YYYY-MM-DD */
  date: string;
  eventCount: number;
  positivitySum: number;
  stressEventCount: number;
}

export interface TransactionDay {
  date: string;
  transactionCount: number;
  amountSum: number;
}

/** A day with the part of it that the platform reported; the rest is the customer's own report. */
export type Sourced<Day> = Day & { platform: Omit<Day, 'date'> };

/** From this stress level on an event counts as stressful. */
export const STRESS_LEVEL_MIN = 0.7;
