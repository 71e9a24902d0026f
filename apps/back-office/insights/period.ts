import type { InsightsQuery } from '../../../sdk/contracts/operator-insights.ts';
import { invalid } from '../../../platform/kernel/errors.ts';
import type { Period } from './insight-store.ts';
import { DAY_MS } from '../../../sdk/contracts/time.ts';

/** No figure is older, and the database has dates beyond. */
const DAYS = { first: '2000-01-01', last: '2999-12-31' };

/** Returns the days of a query; throws a problem where they are no dates, out of order, or too many. */
export function periodOf(query: InsightsQuery, { days, daysMax }: { days: number; daysMax: number }): Period {
  const to = query.to ?? dayBefore(new Date(), 0);
  const from = query.from ?? dayBefore(new Date(timeOf('to', to)), days - 1);
  const count = (timeOf('to', to) - timeOf('from', from)) / DAY_MS + 1;
  if (count < 1) throw rejectionOf('to', 'must not be before from');
  if (count > daysMax) throw rejectionOf('from', `must be at most ${daysMax} days before to`);
  return { from, to, jurisdiction: query.jurisdiction ?? null };
}

/** The same, from a Monday to a Sunday. */
export function wholeWeeks({ from, to, jurisdiction }: Period): Period {
  const weekday = (day: string) => (new Date(day).getUTCDay() + 6) % 7;
  return {
    from: dayBefore(new Date(from), weekday(from)),
    to: dayBefore(new Date(to), weekday(to) - 6),
    jurisdiction,
  };
}

/** The days of a period, in their order. */
export function daysOf({ from, to }: Pick<Period, 'from' | 'to'>): string[] {
  const count = Math.round((Date.parse(to) - Date.parse(from)) / DAY_MS) + 1;
  return Array.from({ length: Math.max(0, count) }, (_, index) =>
    new Date(Date.parse(from) + index * DAY_MS).toISOString().slice(0, 10),
  );
}

export function dayBefore(time: Date, days: number): string {
  return new Date(time.getTime() - days * DAY_MS).toISOString().slice(0, 10);
}

function timeOf(name: string, day: string): number {
  const time = Date.parse(day);
  if (Number.isNaN(time) || new Date(time).toISOString().slice(0, 10) !== day) {
    throw rejectionOf(name, 'must be a date');
  }
  if (day < DAYS.first || day > DAYS.last) {
    throw rejectionOf(name, `must be from ${DAYS.first} to ${DAYS.last}`);
  }
  return time;
}

const rejectionOf = (name: string, message: string) => invalid([{ path: `/query/${name}`, message }]);
