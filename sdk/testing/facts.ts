import type { EmotionMetrics } from '../contracts/emotion.ts';
import {
  type EmotionDay,
  type Sourced,
  STRESS_LEVEL_MIN,
  type TransactionDay,
} from '../../underwriting/daily-facts.ts';
import { type FakeState, isoTime, type StoredEmotion, type StoredTransaction } from './state.ts';

/** A day's sums of all metrics; the analysis needs two of them. */
interface EmotionSums extends Sourced<EmotionDay> {
  intensitySum: number;
  stressSum: number;
}

/** Returns the emotions of a customer, summed by UTC day, the newest day first. */
export function emotionDaysOf(state: FakeState, userId: string): EmotionSums[] {
  return [...daysOf(state.emotions, userId)].map(([date, events]) => {
    const reported = events.filter(isOfPlatform);
    return {
      date,
      eventCount: events.length,
      positivitySum: sumOf(events, 'positivity'),
      intensitySum: sumOf(events, 'intensity'),
      stressSum: sumOf(events, 'stress_level'),
      stressEventCount: events.filter(isStressful).length,
      platform: {
        eventCount: reported.length,
        positivitySum: sumOf(reported, 'positivity'),
        stressEventCount: reported.filter(isStressful).length,
      },
    };
  });
}

/** Returns the transactions of a customer, summed by UTC day, the newest day first. */
export function transactionDaysOf(state: FakeState, userId: string): Sourced<TransactionDay>[] {
  return [...daysOf(state.transactions, userId)].map(([date, events]) => ({
    date,
    transactionCount: events.length,
    amountSum: amountOf(events),
    platform: {
      transactionCount: events.filter(isOfPlatform).length,
      amountSum: amountOf(events.filter(isOfPlatform)),
    },
  }));
}

const isOfPlatform = ({ source }: StoredEmotion | StoredTransaction): boolean => source === 'platform';

const isStressful = ({ emotionEvent }: StoredEmotion): boolean =>
  emotionEvent.metrics.stress_level >= STRESS_LEVEL_MIN;

const sumOf = (events: StoredEmotion[], name: keyof EmotionMetrics): number =>
  events.reduce((sum, { emotionEvent }) => sum + emotionEvent.metrics[name], 0);

const amountOf = (transactions: StoredTransaction[]): number =>
  transactions.reduce((sum, { amount }) => sum + amount, 0);

/** The UTC day of an instant. */
export const dayOf = (ms: number): string => isoTime(ms).slice(0, 10);

function daysOf<Event extends { userId: string; atMs: number }>(
  stored: Map<string, Event>,
  userId: string,
): Map<string, Event[]> {
  const days = new Map<string, Event[]>();
  const events = [...stored.values()].filter((event) => event.userId === userId);
  for (const event of events.toSorted((left, right) => right.atMs - left.atMs)) {
    const day = dayOf(event.atMs);
    days.set(day, [...(days.get(day) ?? []), event]);
  }
  return days;
}
