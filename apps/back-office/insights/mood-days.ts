import { LRUCache } from 'lru-cache';
import type { Database } from '../../../platform/data/sql.ts';
import { addCounts, countsOf, EDGES } from './histogram.ts';
import { type Period, selectMoods } from './insight-store.ts';
import { dayBefore, daysOf } from './period.ts';

/** Events with the counts of their bins. */
export interface Mood {
  events: number;
  positivity: number[];
  intensity: number[];
  stress: number[];
}

/** The emotions of the publishable cells of a day, over all jurisdictions of the query or of one. */
export interface MoodDay {
  day: string;
  /** Cells below the least number of customers. */
  withheld: number;
  hours: Map<number, Mood>;
  jurisdictions: Map<string, Mood>;
}

export type ReadMoodDays = (period: Period) => Promise<MoodDay[]>;

/** A finished day changes by late events alone: it is read again after this time. */
const KEPT_MS = 10 * 60_000;
/** Each of some 10 KB: a hundred days of all jurisdictions, and of a few by themselves. */
const KEPT_MAX = 1000;

/** Reads days of emotions; finished ones from memory while they are fresh. */
export function createMoodDays(database: Database, now = () => new Date()): ReadMoodDays {
  const memory = new LRUCache<string, MoodDay>({ max: KEPT_MAX, ttl: KEPT_MS });
  return async (period) => {
    const { jurisdiction } = period;
    const keyOf = (day: string) => `${day} ${jurisdiction ?? '*'}`;
    const today = dayBefore(now(), 0);
    const days = new Map(daysOf(period).map((day) => [day, memory.get(keyOf(day))]));
    const missing = [...days].flatMap(([day, mood]) => (mood ? [] : [day]));
    const [from, to] = [missing[0], missing.at(-1)];
    if (from === undefined || to === undefined) return [...days.values()].flatMap((day) => day ?? []);
    for (const day of await readDays(database, { from, to, jurisdiction })) {
      days.set(day.day, day);
      if (day.day < today) memory.set(keyOf(day.day), day);
    }
    return [...days.values()].flatMap((day) => day ?? []);
  };
}

async function readDays(database: Database, period: Period): Promise<MoodDay[]> {
  const days = new Map<string, MoodDay>(
    daysOf(period).map((day) => [day, { day, withheld: 0, hours: new Map(), jurisdictions: new Map() }]),
  );
  for (const row of await selectMoods(database, period)) {
    const day = days.get(row.day);
    if (!day) continue;
    day.withheld += row.withheld;
    const mood = {
      events: row.events,
      positivity: countsOf(row.positivity, BINS),
      intensity: countsOf(row.intensity, BINS),
      stress: countsOf(row.stress, BINS),
    };
    if (row.hour !== null) day.hours.set(row.hour, mood);
    if (row.jurisdiction !== null) day.jurisdictions.set(row.jurisdiction, mood);
  }
  return [...days.values()];
}

const BINS = EDGES.emotion.length - 1;

/** Returns the sum of moods; undefined of none. */
export function sumOf(moods: Iterable<Mood>): Mood | undefined {
  let sum: Mood | undefined;
  for (const mood of moods) {
    sum = {
      events: (sum?.events ?? 0) + mood.events,
      positivity: addCounts(sum?.positivity ?? [], mood.positivity),
      intensity: addCounts(sum?.intensity ?? [], mood.intensity),
      stress: addCounts(sum?.stress ?? [], mood.stress),
    };
  }
  return sum;
}
