import { useMemo, useState } from 'preact/hooks';
import type { Band, EmotionInsights } from '../../../../sdk/contracts/operator-insights.ts';
import { client } from '../shell/client.ts';
import { Drawing } from '../ui/drawing.tsx';
import { formatNumber } from '../ui/format.ts';
import { Plot, type PlotData } from '../ui/plot.tsx';
import { Loaded } from '../ui/states.tsx';
import { useLoad } from '../ui/use-load.ts';
import { bandPlot, heatmap } from './drawings.ts';
import { MORE, ScopeNote, useScope } from './scope.tsx';

const METRICS = { stress: 'Stress', positivity: 'Positivity', intensity: 'Intensity' } as const;
type Metric = keyof typeof METRICS;
const UNIT = '0 none to 1 all';

/** Emotions of the population: distributions over time, over the week, and by jurisdiction. */
export default function Emotions() {
  const [scope, form] = useScope(30);
  const [metric, setMetric] = useState<Metric>('stress');
  const figures = useLoad(() => client.insights.emotions(scope), [scope]);
  return (
    <section>
      <h1>Emotions</h1>
      <p class="lead">Emotions of the population, never of a customer.</p>
      {form}
      <fieldset class="choice">
        <legend>Show</legend>
        {Object.entries(METRICS).map(([value, label]) => (
          <label key={value}>
            <input
              type="radio"
              name="metric"
              checked={metric === value}
              onChange={() => setMetric(value as Metric)}
            />
            {label}
          </label>
        ))}
      </fieldset>
      <Loaded
        of={figures}
        what="the emotions"
        isEmpty={({ total }) => total === null}
        empty={`No hour of these days has events of 20 customers or more. ${MORE}`}
      >
        {(value) => <Figures figures={value} metric={metric} />}
      </Loaded>
    </section>
  );
}

function Figures({ figures, metric }: { figures: EmotionInsights; metric: Metric }) {
  const name = METRICS[metric];
  const { days, hours, jurisdictions, total } = figures;
  const plots = useMemo(
    () => ({
      days: bandPlot(
        { title: `${name} by day`, unit: UNIT, across: 'UTC day' },
        days.map((day) => ({ day: day.day, band: day[metric] })),
      ),
      places: placePlot(`${name} by jurisdiction`, jurisdictions, metric),
    }),
    [figures, metric],
  );
  return (
    <>
      <ScopeNote scope={figures} cell="Hours of a jurisdiction" />
      {total && <Summary name={name} count={total.event_count} band={total[metric]} />}
      <h2>By day</h2>
      <Plot data={plots.days} />
      <h2>By weekday and hour</h2>
      <Drawing data={heatmap(`${name} by weekday and hour`, hours, metric)} />
      <h2>By jurisdiction</h2>
      <Plot data={plots.places} />
    </>
  );
}

function Summary({ name, count, band }: { name: string; count: number; band: Band }) {
  return (
    <p>
      Of {formatNumber(count)} events half have a {name.toLowerCase()} of {band.p25} to {band.p75}; the median
      is <strong>{band.p50}</strong>.
    </p>
  );
}

function placePlot(title: string, places: EmotionInsights['jurisdictions'], metric: Metric): PlotData {
  const quantiles = {
    p10: '10 % below',
    p25: '25 % below',
    p50: 'Median',
    p75: '75 % below',
    p90: '90 % below',
  };
  return {
    title,
    unit: UNIT,
    across: 'jurisdiction',
    x: places.map((_, index) => index),
    names: places.map(({ jurisdiction }) => jurisdiction),
    series: Object.entries(quantiles).map(([quantile, label]) => ({
      label,
      as: 'points' as const,
      color: quantile === 'p50' ? 2 : 1,
      values: places.map((place) => place[metric][quantile as keyof typeof quantiles]),
    })),
  };
}
