import type { FactSource } from '../sdk/contracts/common.ts';
import type { EmotionDay, Sourced, TransactionDay } from './daily-facts.ts';
import { WINDOW_DAYS, windowOf } from './feature-vector.ts';

/** The facts of the sources that a policy counts, and how many events of each source count in a feature. */
interface CountedFacts<Day> {
  days: Day[];
  counts: Record<FactSource, number>;
}

/** Of days before the short window stressful events alone count: a calm one changes no feature. */
export function countEmotions(
  days: Sourced<EmotionDay>[],
  sources: FactSource[],
  today: string,
): CountedFacts<EmotionDay> {
  const isRecent = windowOf(today, WINDOW_DAYS.short);
  return {
    days: days.map((day) => ({
      date: day.date,
      eventCount: sumOf(sources, day.eventCount, day.platform.eventCount),
      positivitySum: sumOf(sources, day.positivitySum, day.platform.positivitySum),
      stressEventCount: sumOf(sources, day.stressEventCount, day.platform.stressEventCount),
    })),
    counts: countsOf(
      days.map((day) =>
        isRecent(day)
          ? [day.eventCount, day.platform.eventCount]
          : [day.stressEventCount, day.platform.stressEventCount],
      ),
      sources,
    ),
  };
}

export function countTransactions(
  days: Sourced<TransactionDay>[],
  sources: FactSource[],
): CountedFacts<TransactionDay> {
  return {
    days: days.map((day) => ({
      date: day.date,
      transactionCount: sumOf(sources, day.transactionCount, day.platform.transactionCount),
      amountSum: sumOf(sources, day.amountSum, day.platform.amountSum),
    })),
    counts: countsOf(
      days.map((day) => [day.transactionCount, day.platform.transactionCount]),
      sources,
    ),
  };
}

function sumOf(sources: FactSource[], all: number, platform: number): number {
  const byPlatform = sources.includes('platform') ? platform : 0;
  return sources.includes('customer') ? byPlatform + (all - platform) : byPlatform;
}

function countsOf(days: [all: number, platform: number][], sources: FactSource[]) {
  const sum = (source: FactSource) =>
    days.reduce((total, [all, platform]) => total + sumOf([source], all, platform), 0);
  return {
    platform: sources.includes('platform') ? sum('platform') : 0,
    customer: sources.includes('customer') ? sum('customer') : 0,
  };
}
