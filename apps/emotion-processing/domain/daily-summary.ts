import type { EmotionMessage } from '../../../platform/events.ts';

/** From this stress level on an event counts as stressful. */
export const STRESS_LEVEL_MIN = 0.7;

/**
 * What one event adds to its user's day. The sums are kept exactly, so that they equal a recount of the raw
 * events.
 */
export interface DayShare {
  /** UTC date, YYYY-MM-DD. */
  date: string;
  stressful: boolean;
}

/** `timestamp` is UTC, as the ingestion normalised it. */
export function shareOf(event: EmotionMessage): DayShare {
  return {
    date: event.timestamp.slice(0, 10),
    stressful: event.emotionEvent.metrics.stress_level >= STRESS_LEVEL_MIN,
  };
}
