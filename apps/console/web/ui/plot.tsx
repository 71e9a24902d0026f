import { useEffect, useRef } from 'preact/hooks';
import UPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { marksOf } from './marks.ts';
import { color, saveCsv, savePng } from './save.ts';
import { Table } from './table.tsx';

interface Series {
  label: string;
  values: readonly (number | null)[];
  /** `line` unless said. */
  as?: 'line' | 'points' | 'bars';
  /** The label of a series above: a band is drawn up to it. */
  upTo?: string;
  /** One of the six colors of the style, 1 to 6; by its place unless said. */
  color?: number;
}

export interface PlotData {
  /** Also the name of its files. */
  title: string;
  /** Of the values: `events a second`, `BRL`. */
  unit: string;
  /** Of the horizontal axis: `UTC day`, `risk score`. */
  across: string;
  /** Numbers; with `isByDay` UTC days, in seconds since 1970; with `names` their places in this list. */
  x: readonly number[];
  isByDay?: boolean;
  names?: readonly string[];
  format?(value: number): string;
  series: readonly Series[];
}

/** A place on the horizontal axis. */
interface Place {
  value: number;
  index: number;
}

const HEIGHT = 260;

/** A plot with a table of the same values behind it, both of them to be saved. */
export function Plot({ data }: { data: PlotData }) {
  const box = useRef<HTMLDivElement>(null);
  const plot = useRef<UPlot | null>(null);
  useEffect(() => {
    const element = box.current;
    if (!element) return;
    const draw = () => {
      plot.current?.destroy();
      plot.current = new UPlot(
        { ...optionsOf(data), width: element.clientWidth, height: HEIGHT },
        [data.x as number[], ...data.series.map(({ values }) => values as (number | null)[])],
        element,
      );
    };
    draw();
    const dark = matchMedia('(prefers-color-scheme: dark)');
    dark.addEventListener('change', draw);
    // Paper is white.
    const drawOn = (isPaper: boolean) => () => {
      document.documentElement.classList.toggle('paper', isPaper);
      draw();
    };
    const [print, printed] = [drawOn(true), drawOn(false)];
    addEventListener('beforeprint', print);
    addEventListener('afterprint', printed);
    const resized = new ResizeObserver(() =>
      plot.current?.setSize({ width: element.clientWidth, height: HEIGHT }),
    );
    resized.observe(element);
    return () => {
      dark.removeEventListener('change', draw);
      removeEventListener('beforeprint', print);
      removeEventListener('afterprint', printed);
      resized.disconnect();
      plot.current?.destroy();
      plot.current = null;
    };
  }, [data]);
  return (
    <figure class="plot">
      <figcaption>
        {data.title} <span class="unit">({data.unit})</span>
      </figcaption>
      <div ref={box} role="img" aria-label={`${data.title}, ${data.unit}; the table below has the values`} />
      <Values data={data} onPicture={() => plot.current && savePicture(data, plot.current)} />
    </figure>
  );
}

/** The values of a plot as a table, and as files. */
function Values({ data, onPicture }: { data: PlotData; onPicture: () => void }) {
  const formatX = textOfX(data);
  const format = data.format ?? String;
  const rows = data.x.map((value, index): Place => ({ value, index }));
  return (
    <details>
      <summary>Table and files</summary>
      <div class="buttons">
        <button type="button" onClick={() => saveCsv(data.title, rowsOf(data, formatX))}>
          Save CSV
        </button>
        <button type="button" onClick={onPicture}>
          Save PNG
        </button>
      </div>
      <Table
        caption={`${data.title} (${data.unit})`}
        rows={rows}
        keyOf={({ value }) => String(value)}
        columns={[
          { title: data.across, cell: ({ value }) => formatX(value) },
          ...data.series.map(({ label, values }) => ({
            title: label,
            isNumber: true,
            cell: ({ index }: Place) => textOf(values[index], format),
          })),
        ]}
      />
    </details>
  );
}

const textOf = (value: number | null | undefined, format: (value: number) => string) =>
  value === null || value === undefined ? '–' : format(value);

/** The text of a place on the horizontal axis: `2026-11-28` of a day. */
function textOfX({ isByDay, names }: PlotData): (value: number) => string {
  if (names) return (value) => names[value] ?? '';
  return isByDay ? (seconds) => new Date(seconds * 1000).toISOString().slice(0, 10) : String;
}

/** On the axis, where there is less room, a day is without its year. */
function ticksOf(data: PlotData): UPlot.Axis {
  const { isByDay, names } = data;
  if (!isByDay && !names) return {};
  const textOf = textOfX(data);
  const values = (_: UPlot, splits: number[]) => splits.map((split) => textOf(split).slice(isByDay ? 5 : 0));
  if (names) return { values, incrs: [1, 2, 5, 10, 20, 50] };
  const splits: UPlot.Axis.Splits = ({ width }, _, from, to) => marksOf(data.x, { from, to, width });
  return { values, splits };
}

/** Half a place on both sides, so that no name is cut off. */
const rangeOfX = ({ names }: PlotData): UPlot.Scale => (names ? { range: [-0.5, names.length - 0.5] } : {});

/** Places of values without one beside them, which no line would show. */
const lonePlacesOf = (values: Series['values']): number[] =>
  values.flatMap((value, index) =>
    value !== null && (values[index - 1] ?? null) === null && (values[index + 1] ?? null) === null
      ? [index]
      : [],
  );

function optionsOf(data: PlotData): Omit<UPlot.Options, 'width' | 'height'> {
  const axis: UPlot.Axis = {
    stroke: color('text'),
    grid: { stroke: color('line'), width: 1 },
    ticks: { stroke: color('line'), width: 1 },
  };
  const bands = data.series.flatMap(({ upTo, color: number }, index): UPlot.Band[] => {
    const top = data.series.findIndex(({ label }) => label === upTo);
    return top === -1
      ? []
      : [{ series: [index + 1, top + 1], fill: `${color(`plot-${number ?? 1}`)}40`, dir: 1 }];
  });
  return {
    tzDate: (seconds) => UPlot.tzDate(new Date(seconds * 1000), 'Etc/UTC'),
    scales: { x: { time: data.isByDay ?? false, ...rangeOfX(data) } },
    legend: { show: data.series.length > 1 },
    hooks: { setLegend: [showNewest] },
    axes: [
      { ...axis, label: data.across, ...ticksOf(data) },
      { ...axis, label: data.unit, size: 70 },
    ],
    series: [
      { label: data.across, value: (_, value) => textOf(value, textOfX(data)) },
      ...data.series.map(({ label, values, as, color: number }, index) => {
        const stroke = color(`plot-${number ?? (index % 6) + 1}`);
        const isPoints = as === 'points';
        const points = {
          show: isPoints,
          fill: stroke,
          filter: () => (isPoints ? null : lonePlacesOf(values)),
        };
        const value: UPlot.Series.Value = (_, shown) => textOf(shown, data.format ?? String);
        const base = { label, stroke, width: 2, points, value };
        if (isPoints) return { ...base, paths: () => null };
        if (as !== 'bars') return base;
        const paths = UPlot.paths.bars?.({ size: [0.8, 60] });
        return { ...base, fill: `${stroke}80`, ...(paths ? { paths } : {}) };
      }),
    ],
    bands,
  };
}

/** Where nobody points at a place, the legend has the values of the last one. */
function showNewest(plot: UPlot): void {
  const isPointed = typeof plot.legend.idx === 'number';
  if (!isPointed) plot.setLegend({ idx: plot.data[0].length - 1 });
}

function rowsOf({ across, series, x }: PlotData, formatX: (value: number) => string): (string | number)[][] {
  const rows = x.map((value, index) => [formatX(value), ...series.map(({ values }) => values[index] ?? '')]);
  return [[across, ...series.map(({ label }) => label)], ...rows];
}

/** The picture with its title, on the background of the page. */
function savePicture({ title, unit }: PlotData, plot: UPlot): void {
  const source = plot.ctx.canvas;
  const canvas = document.createElement('canvas');
  const heading = 40 * devicePixelRatio;
  canvas.width = source.width;
  canvas.height = source.height + heading;
  const context = canvas.getContext('2d');
  if (!context) return;
  context.fillStyle = color('page');
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.fillStyle = color('text');
  context.font = `${15 * devicePixelRatio}px system-ui, sans-serif`;
  context.fillText(`${title} (${unit})`, 12 * devicePixelRatio, 26 * devicePixelRatio);
  context.drawImage(source, 0, heading);
  savePng(title, canvas);
}
