import type { Band, EmotionInsights } from '../../../../sdk/contracts/operator-insights.ts';
import type { DrawingData, Mark } from '../ui/drawing.tsx';
import { formatNumber, formatShare } from '../ui/format.ts';
import type { PlotData } from '../ui/plot.tsx';

/** Narrow enough to be read on a phone. */
const WIDTH = 360;
/** Of the scale of colors. */
const RANGE_MIN = 0.1;
const WEEKDAYS = ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday'];

/** Quantiles over time: the middle half, the middle eight tenths, and the median. */
export function bandPlot(
  labels: Pick<PlotData, 'title' | 'unit' | 'across'> & Partial<Pick<PlotData, 'format'>>,
  points: { day: string; band: Band | null }[],
): PlotData {
  const values = (name: keyof Band) => points.map(({ band }) => band?.[name] ?? null);
  return {
    ...labels,
    x: points.map(({ day }) => Date.parse(day) / 1000),
    isByDay: true,
    series: [
      { label: '10 % below', values: values('p10'), color: 1, upTo: '90 % below' },
      { label: '25 % below', values: values('p25'), color: 1, upTo: '75 % below' },
      { label: 'Median', values: values('p50'), color: 2 },
      { label: '75 % below', values: values('p75'), color: 1 },
      { label: '90 % below', values: values('p90'), color: 1 },
    ],
  };
}

/** The medians of weekdays and hours: the fuller a field, the higher. */
export function heatmap(
  title: string,
  hours: EmotionInsights['hours'],
  metric: 'positivity' | 'intensity' | 'stress',
): DrawingData {
  const medians = hours.map((cell) => cell[metric].p50);
  const [least, most] = [Math.min(...medians), Math.max(...medians)];
  // Small differences stay small to the eye.
  const margin = Math.max(0, RANGE_MIN - (most - least)) / 2;
  const [low, high] = [least - margin, most + margin];
  const [left, cell] = [30, (WIDTH - 30) / 24];
  const fields = hours.map(({ weekday, hour, [metric]: band }): Mark => {
    const share = (band.p50 - low) / (high - low);
    return {
      kind: 'rect',
      x: left + hour * cell,
      y: 16 + (weekday - 1) * 20,
      width: cell - 1,
      height: 19,
      color: 'plot-2',
      opacity: 0.12 + 0.88 * share,
    };
  });
  return {
    title,
    unit: 'median; hours in UTC',
    width: WIDTH,
    height: 182,
    marks: [...fields, ...weekAxes(left, cell), ...colorScale(left, low, high)],
    columns: ['Weekday', 'Hour (UTC)', '10 % below', 'Median', '90 % below', 'Events'],
    rows: hours.map(({ weekday, hour, event_count, [metric]: { p10, p50, p90 } }) => [
      WEEKDAYS[weekday - 1] ?? '',
      hour,
      p10,
      p50,
      p90,
      event_count,
    ]),
  };
}

interface Bar {
  label: string;
  count: number;
  /** The share of what it is a part of. */
  share: number;
}

/** Counts as bars below each other, each with its share. */
export function barChart(title: string, unit: string, ofWhat: string, bars: Bar[]): DrawingData {
  const most = Math.max(1, ...bars.map(({ count }) => count));
  return {
    title,
    unit: `${unit}; shares ${ofWhat.toLowerCase()}`,
    width: WIDTH,
    height: bars.length * 40,
    marks: bars.flatMap(({ label, count, share }, index): Mark[] => [
      { kind: 'text', x: 0, y: index * 40 + 12, text: label },
      {
        kind: 'text',
        x: WIDTH,
        y: index * 40 + 12,
        text: `${formatNumber(count)} · ${formatShare(share, 0)}`,
        anchor: 'end',
      },
      { kind: 'rect', x: 0, y: index * 40 + 17, width: WIDTH, height: 14, color: 'raised' },
      {
        kind: 'rect',
        x: 0,
        y: index * 40 + 17,
        width: (WIDTH * count) / most,
        height: 14,
        color: 'plot-1',
      },
    ]),
    columns: ['Part', 'Count', ofWhat],
    rows: bars.map(({ label, count, share }) => [label, count, formatShare(share)]),
  };
}

function weekAxes(left: number, cell: number): Mark[] {
  const hourTexts = [0, 6, 12, 18].map(
    (hour): Mark => ({ kind: 'text', x: left + hour * cell, y: 11, text: `${hour}:00` }),
  );
  const dayTexts = WEEKDAYS.map(
    (day, index): Mark => ({ kind: 'text', x: 0, y: 30 + index * 20, text: day.slice(0, 3) }),
  );
  return [...hourTexts, ...dayTexts];
}

function colorScale(left: number, low: number, high: number): Mark[] {
  const steps = Array.from(
    { length: 10 },
    (_, step): Mark => ({
      kind: 'rect',
      x: left + 36 + step * 12,
      y: 166,
      width: 12,
      height: 10,
      color: 'plot-2',
      opacity: 0.12 + (0.88 * step) / 9,
    }),
  );
  return [
    ...steps,
    { kind: 'text', x: left + 32, y: 175, text: low.toFixed(2), anchor: 'end' },
    { kind: 'text', x: left + 160, y: 175, text: high.toFixed(2) },
  ];
}
