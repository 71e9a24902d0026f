import { useMemo, useState } from 'preact/hooks';
import type { CustomerDays } from '../../../../sdk/contracts/operator-customers.ts';
import { DAY_MS } from '../../../../sdk/contracts/time.ts';
import { client } from '../shell/client.ts';
import { formatMoney, formatNumber } from '../ui/format.ts';
import { Plot, type PlotData } from '../ui/plot.tsx';
import { Loaded } from '../ui/states.tsx';
import { useLoad } from '../ui/use-load.ts';

const SPANS = [30, 90, 365];

/** Emotions and spending of a customer by day, of UTC. */
export function Days({ id }: { id: string }) {
  const [span, setSpan] = useState(90);
  const days = useLoad(() => client.customers.days(id, { days: span }), [id, span]);
  return (
    <>
      <fieldset class="choice">
        <legend>Days</legend>
        {SPANS.map((count) => (
          <label key={count}>
            <input type="radio" name="days" checked={span === count} onChange={() => setSpan(count)} />
            {count}
          </label>
        ))}
      </fieldset>
      <Loaded
        of={days}
        what="the days"
        isEmpty={({ emotions, spending }) => emotions.length + spending.length === 0}
        empty={`No event of the last ${span} days.`}
      >
        {(value) => <Plots days={value} />}
      </Loaded>
    </>
  );
}

function Plots({ days }: { days: CustomerDays }) {
  const [feelings, spending] = useMemo(() => [feelingsOf(days), spendingOf(days)], [days]);
  return (
    <>
      {days.emotions.length > 0 ? <Plot data={feelings} /> : <p class="empty">No emotion of these days.</p>}
      {days.spending.length > 0 ? <Plot data={spending} /> : <p class="empty">No spending on these days.</p>}
    </>
  );
}

/** Each day of the span, in seconds since 1970; a day without events has a gap. */
function datesOf({ from, until }: CustomerDays): string[] {
  const first = Date.parse(from);
  const count = Math.round((Date.parse(until) - first) / DAY_MS) + 1;
  return Array.from({ length: count }, (_, day) => new Date(first + day * DAY_MS).toISOString().slice(0, 10));
}

const across = (dates: string[]) => ({
  across: 'day of UTC',
  x: dates.map((date) => Date.parse(date) / 1000),
  isByDay: true,
});

function feelingsOf(days: CustomerDays): PlotData {
  const dates = datesOf(days);
  const byDate = new Map(days.emotions.map((day) => [day.date, day]));
  const values = (name: 'positivity' | 'intensity' | 'stress') =>
    dates.map((date) => byDate.get(date)?.[name] ?? null);
  return {
    title: 'Emotions',
    unit: 'mean of the day',
    ...across(dates),
    format: (value) => formatNumber(value, 2),
    series: [
      { label: 'positivity (0 to 1)', values: values('positivity'), color: 3 },
      { label: 'intensity (0 to 1)', values: values('intensity'), color: 6 },
      { label: 'stress (0 to 1)', values: values('stress'), color: 2 },
    ],
  };
}

function spendingOf(days: CustomerDays): PlotData {
  const dates = datesOf(days);
  const byDate = new Map(days.spending.map((day) => [day.date, day.amount]));
  return {
    title: 'Spending',
    unit: "account's currency a day",
    ...across(dates),
    format: formatMoney,
    series: [
      { label: 'amount', values: dates.map((date) => byDate.get(date) ?? null), as: 'bars', color: 1 },
    ],
  };
}
