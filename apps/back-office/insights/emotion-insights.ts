import type { EmotionInsights } from '../../../sdk/contracts/operator-insights.ts';
import type { Database } from '../../../platform/data/sql.ts';
import { CUSTOMERS_MIN, publishedCount } from '../../../platform/insights/disclosure.ts';
import { bandOf, countsOf, EDGES } from './histogram.ts';
import { type MoodRow, type Period, selectMoods } from './insight-store.ts';

/** The emotions of the population in a period. */
export async function readEmotionInsights(database: Database, period: Period): Promise<EmotionInsights> {
  const rows = await selectMoods(database, period);
  const total = rows.find(({ day, weekday, jurisdiction }) => !day && weekday === null && !jurisdiction);
  return {
    ...period,
    customers_min: CUSTOMERS_MIN,
    cells_withheld: total?.withheld ?? 0,
    total: total ? moodOf(total) : null,
    days: rows.flatMap((row) => withMood(row, row.day !== null && { day: row.day })),
    hours: rows.flatMap((row) =>
      withMood(row, row.weekday !== null && row.hour !== null && { weekday: row.weekday, hour: row.hour }),
    ),
    jurisdictions: rows.flatMap((row) =>
      withMood(row, row.jurisdiction !== null && { jurisdiction: row.jurisdiction }),
    ),
  };
}

type Mood = NonNullable<EmotionInsights['total']>;

function withMood<Place extends object>(row: MoodRow, place: Place | false): (Place & Mood)[] {
  const mood = moodOf(row);
  return place && mood ? [{ ...place, ...mood }] : [];
}

function moodOf({ events, positivity, intensity, stress }: MoodRow): Mood | null {
  if (events === null) return null;
  const bands = [positivity, intensity, stress].map((counts) => bandOf(countsOf(counts, 20), EDGES.emotion));
  const [positive, intense, stressed] = bands;
  if (!positive || !intense || !stressed) return null;
  return { event_count: publishedCount(events), positivity: positive, intensity: intense, stress: stressed };
}
