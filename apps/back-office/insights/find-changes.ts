import type { Change } from '../../../sdk/contracts/operator-insights.ts';
import { falseDiscoveryRates, rankTest, type Stratum } from './rank-test.ts';
import { DAY_MS } from '../../../sdk/contracts/time.ts';

/** A daily figure of the population. */
export interface Series {
  /** As the subject of a sentence, e.g. `Stress`. */
  name: string;
  jurisdiction: string;
  format: 'share' | 'level' | 'money' | 'seconds';
  /** By UTC date. */
  days: Map<string, number>;
}

export const FALSE_DISCOVERY_RATE = 0.05;
export const WEEKS_BEFORE = 8;
/** With fewer weekdays, or weeks before, no change could be told from chance. */
const WEEKDAYS_MIN = 5;
const WEEKS_MIN = 3;

interface ChangeSearch {
  comparisons: number;
  tooShort: number;
  changes: Change[];
}

/**
 * Compares the 7 days up to `last` with the same weekdays of the weeks before, in every series, and returns
 * the changes that chance does not explain after the correction for so many comparisons. Silent when there is
 * none: with no change anywhere, a report with any change at all is rarer than FALSE_DISCOVERY_RATE.
 */
export function findChanges(series: Series[], last: string): ChangeSearch {
  const compared = series.flatMap((entry) => {
    const strata = strataOf(entry, last);
    return strata.length < WEEKDAYS_MIN ? [] : [{ series: entry, strata, test: rankTest(strata) }];
  });
  const rates = falseDiscoveryRates(compared.map(({ test }) => test.p));
  const changes = compared.flatMap(({ series: { name, jurisdiction, format }, strata, test }, index) => {
    const q = rates[index] ?? 1;
    if (q > FALSE_DISCOVERY_RATE) return [];
    const recent = median(strata.map((stratum) => stratum.recent));
    const before = median(strata.flatMap((stratum) => stratum.before));
    const sentence = sentenceOf({ name, jurisdiction, format, recent, before, strata, ...test });
    return [
      { series: name, jurisdiction, sentence, recent: brief(recent), before: brief(before), ...test, q },
    ];
  });
  return {
    comparisons: compared.length,
    tooShort: series.length - compared.length,
    changes: changes
      .map((change) => ({
        ...change,
        p: brief(change.p),
        q: brief(change.q),
        superiority: brief(change.superiority),
      }))
      .toSorted((a, b) => a.q - b.q),
  };
}

function strataOf({ days }: Series, last: string): Stratum[] {
  const dayBefore = (count: number) =>
    days.get(new Date(Date.parse(last) - count * DAY_MS).toISOString().slice(0, 10));
  return [0, 1, 2, 3, 4, 5, 6].flatMap((age) => {
    const recent = dayBefore(age);
    const before = Array.from({ length: WEEKS_BEFORE }, (_, week) => dayBefore(age + 7 * (week + 1))).filter(
      (value) => value !== undefined,
    );
    return recent === undefined || before.length < WEEKS_MIN ? [] : [{ recent, before }];
  });
}

function sentenceOf(change: {
  name: string;
  jurisdiction: string;
  format: Series['format'];
  recent: number;
  before: number;
  strata: Stratum[];
  superiority: number;
}): string {
  const { name, jurisdiction, format, recent, before, strata, superiority } = change;
  const place = jurisdiction === 'unknown' ? 'where no jurisdiction is given' : `in ${jurisdiction}`;
  const weeks = Math.max(...strata.map((stratum) => stratum.before.length));
  const share = Math.round(Math.max(superiority, 1 - superiority) * 100);
  const [verb, word] = superiority >= 0.5 ? ['risen', 'higher'] : ['fallen', 'lower'];
  return (
    `${name} ${place} has ${verb}: ${textOf(recent, format)} on the median of the last ` +
    `${strata.length} days, ` +
    `against ${textOf(before, format)} on the same weekdays of the ${weeks} weeks before; ` +
    `${word} in ${share} % of all pairs of such days.`
  );
}

function textOf(value: number, format: Series['format']): string {
  if (format === 'share') return `${(value * 100).toFixed(1)} %`;
  if (format === 'money') return String(Math.round(value));
  return format === 'seconds' ? `${value.toPrecision(2)} s` : value.toFixed(2);
}

function median(values: number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  return ((sorted[Math.ceil(middle) - 1] ?? 0) + (sorted[Math.floor(middle)] ?? 0)) / 2;
}

const brief = (value: number) => Number(value.toPrecision(3));
