import type { EmotionInsights } from '../../../sdk/contracts/operator-insights.ts';
import { CUSTOMERS_MIN, publishedCount } from '../../../platform/insights/disclosure.ts';
import { bandOf, EDGES } from './histogram.ts';
import type { Period } from './insight-store.ts';
import { type Mood, type MoodDay, type ReadMoodDays, sumOf } from './mood-days.ts';

/** The emotions of the population in a period. */
export async function readEmotionInsights(
  readMoodDays: ReadMoodDays,
  period: Period,
): Promise<EmotionInsights> {
  const days = await readMoodDays(period);
  const byDay = days.map((day) => ({ day: day.day, mood: sumOf(day.hours.values()) }));
  const total = sumOf(byDay.flatMap(({ mood }) => mood ?? []));
  return {
    ...period,
    customers_min: CUSTOMERS_MIN,
    cells_withheld: days.reduce((sum, { withheld }) => sum + withheld, 0),
    total: total ? bandsOf(total) : null,
    days: byDay.flatMap(({ day, mood }) => withBands({ day }, mood)),
    hours: weekHours(days).flatMap(({ weekday, hour, moods }) => withBands({ weekday, hour }, sumOf(moods))),
    jurisdictions: namesOf(days).flatMap((jurisdiction) =>
      withBands({ jurisdiction }, sumOf(days.flatMap((day) => day.jurisdictions.get(jurisdiction) ?? []))),
    ),
  };
}

const namesOf = (days: MoodDay[]) =>
  [...new Set(days.flatMap(({ jurisdictions }) => [...jurisdictions.keys()]))].toSorted();

/** The hours of a week from Monday on, each with its moods. */
function weekHours(days: MoodDay[]): { weekday: number; hour: number; moods: Mood[] }[] {
  const slots = Array.from({ length: 7 * 24 }, (_, slot) => ({
    weekday: Math.floor(slot / 24) + 1,
    hour: slot % 24,
    moods: [] as Mood[],
  }));
  for (const { day, hours } of days) {
    const daysFromMonday = (new Date(day).getUTCDay() + 6) % 7;
    for (const [hour, mood] of hours) slots[daysFromMonday * 24 + hour]?.moods.push(mood);
  }
  return slots;
}

type Bands = NonNullable<EmotionInsights['total']>;

function withBands<Place extends object>(place: Place, mood: Mood | undefined): (Place & Bands)[] {
  const bands = mood && bandsOf(mood);
  return bands ? [{ ...place, ...bands }] : [];
}

function bandsOf({ events, positivity, intensity, stress }: Mood): Bands | null {
  const [positive, intense, stressed] = [positivity, intensity, stress].map((counts) =>
    bandOf(counts, EDGES.emotion),
  );
  if (!positive || !intense || !stressed) return null;
  return { event_count: publishedCount(events), positivity: positive, intensity: intense, stress: stressed };
}
