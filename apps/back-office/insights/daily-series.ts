import { CUSTOMERS_MIN } from '../../../platform/insights/disclosure.ts';
import { bandOf, countsOf, EDGES } from './histogram.ts';
import type { DecisionCell } from './insight-store.ts';
import type { MoodDay } from './mood-days.ts';
import type { Series } from './find-changes.ts';

/**
 * The daily figures that are looked at for changes, each of a jurisdiction. A share has at least 20 customers
 * below its line. Acceptances are not among them: those of the last days are still to come.
 */
export function dailySeries(moodDays: MoodDay[], cells: DecisionCell[]): Series[] {
  const series = new Map<string, Series>();
  const add = (
    name: string,
    { jurisdiction, day }: { jurisdiction: string; day: string },
    format: Series['format'],
    value: number | undefined,
  ) => {
    if (value === undefined || !Number.isFinite(value)) return;
    const key = `${name} ${jurisdiction}`;
    const entry = series.get(key) ?? { name, jurisdiction, format, days: new Map<string, number>() };
    entry.days.set(day, value);
    series.set(key, entry);
  };
  for (const { day, jurisdictions } of moodDays) {
    for (const [jurisdiction, { positivity, intensity, stress }] of jurisdictions) {
      for (const [name, counts] of [
        ['Positivity', positivity],
        ['Intensity of emotions', intensity],
        ['Stress', stress],
      ] as const) {
        add(name, { jurisdiction, day }, 'level', bandOf(counts, EDGES.emotion)?.p50);
      }
    }
  }
  const days = Map.groupBy(cells, ({ start, jurisdiction }) => `${start} ${jurisdiction}`);
  for (const ofDay of days.values()) {
    const figures = figuresOf(ofDay);
    if (figures)
      for (const { name, format, value } of figures.values) add(name, figures.place, format, value);
  }
  return [...series.values()];
}

interface Value {
  name: string;
  format: Series['format'];
  value: number | undefined;
}

function figuresOf(cells: DecisionCell[]) {
  const find = (figure: string, part: string) =>
    cells.find((cell) => cell.figure === figure && cell.part === part && isLarge(cell));
  const decided = find('stage', 'decided');
  if (!decided) return null;
  const offered = cells.find(({ figure, part }) => figure === 'stage' && part === 'offered')?.count ?? 0;
  const denied = decided.count - offered;
  const values: Value[] = [
    { name: 'The share of approvals', format: 'share', value: offered / decided.count },
    {
      name: 'The share of decisions that emotions made better',
      format: 'share',
      value:
        cells
          .filter(({ figure, part }) => figure === 'effect' && ['approved', 'better_terms'].includes(part))
          .reduce((sum, { count }) => sum + count, 0) / decided.count,
    },
    { name: 'The median limit offered', format: 'money', value: medianOf(find('limit', ''), EDGES.limit) },
    {
      name: 'The time from acceptance to an active limit',
      format: 'seconds',
      value: medianOf(find('stage', 'active'), EDGES.seconds),
    },
  ];
  // Of one more customer than it takes, since the denied are counted and not told apart.
  if (denied > 2 * CUSTOMERS_MIN) {
    for (const { part, count } of cells.filter((cell) => cell.figure === 'reason' && isLarge(cell))) {
      values.push({ name: `The share of denials for ${part}`, format: 'share', value: count / denied });
    }
  }
  return { place: { day: decided.start, jurisdiction: decided.jurisdiction }, values };
}

const isLarge = ({ customers }: DecisionCell) => customers >= CUSTOMERS_MIN;

const medianOf = (cell: DecisionCell | undefined, edges: number[]) =>
  cell && bandOf(countsOf(cell.histogram, edges.length), edges)?.p50;
