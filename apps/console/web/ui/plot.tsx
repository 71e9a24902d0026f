import { useEffect, useRef } from 'preact/hooks';
import UPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { saveFile, toCsv } from './save.ts';
import { Table } from './table.tsx';

interface Series {
  label: string;
  values: readonly (number | null)[];
  /** `line` unless said; `band` is drawn from this series down to the next one. */
  as?: 'line' | 'points' | 'bars' | 'band';
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
  /** Seconds since 1970 with `isTime`, else numbers. */
  x: readonly number[];
  isTime?: boolean;
  /** The text of a place on the horizontal axis, for table and CSV. */
  formatX?(value: number): string;
  /** The same for the axis, where there is less room. */
  formatTick?(value: number): string;
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
      <Values data={data} onPicture={() => plot.current && savePng(data, plot.current)} />
    </figure>
  );
}

/** The values of a plot as a table, and as files. */
function Values({ data, onPicture }: { data: PlotData; onPicture: () => void }) {
  const formatX = data.formatX ?? textOfX(data);
  const format = data.format ?? String;
  const rows = data.x.map((value, index): Place => ({ value, index }));
  return (
    <details>
      <summary>Table and files</summary>
      <div class="buttons">
        <button type="button" onClick={() => saveCsv(data, formatX)}>
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

const textOfX = ({ isTime }: PlotData) =>
  isTime
    ? (seconds: number) => `${new Date(seconds * 1000).toISOString().slice(0, 16).replace('T', ' ')} UTC`
    : String;

function optionsOf(data: PlotData): Omit<UPlot.Options, 'width' | 'height'> {
  const style = getComputedStyle(document.documentElement);
  const color = (name: string) => style.getPropertyValue(`--${name}`).trim();
  const axis: UPlot.Axis = {
    stroke: color('text'),
    grid: { stroke: color('line'), width: 1 },
    ticks: { stroke: color('line'), width: 1 },
  };
  const bands = data.series.flatMap(({ as, color: number }, index) =>
    as === 'band'
      ? [{ series: [index + 1, index + 2] as [number, number], fill: `${color(`plot-${number ?? 1}`)}40` }]
      : [],
  );
  const formatTick = data.formatTick ?? data.formatX;
  return {
    tzDate: (seconds) => UPlot.tzDate(new Date(seconds * 1000), 'Etc/UTC'),
    scales: { x: { time: data.isTime ?? false } },
    legend: { show: data.series.length > 1 },
    axes: [
      {
        ...axis,
        label: data.across,
        ...(formatTick ? { values: (_, splits) => splits.map(formatTick) } : {}),
      },
      { ...axis, label: data.unit, size: 70 },
    ],
    series: [
      { label: data.across },
      ...data.series.map(({ label, as, color: number }, index) => {
        const stroke = color(`plot-${number ?? (index % 6) + 1}`);
        const base = { label, stroke, width: 2, points: { show: as === 'points' } };
        if (as === 'points') return { ...base, paths: () => null };
        if (as !== 'bars') return base;
        const paths = UPlot.paths.bars?.({ size: [0.8, 60] });
        return { ...base, fill: `${stroke}80`, ...(paths ? { paths } : {}) };
      }),
    ],
    bands,
  };
}

function saveCsv({ title, across, series, x }: PlotData, formatX: (value: number) => string): void {
  const rows = x.map((value, index) => [formatX(value), ...series.map(({ values }) => values[index] ?? '')]);
  const text = toCsv([[across, ...series.map(({ label }) => label)], ...rows]);
  saveFile(`${title}.csv`, new Blob([text], { type: 'text/csv' }));
}

/** The picture with its title, on the background of the page. */
function savePng({ title, unit }: PlotData, plot: UPlot): void {
  const source = plot.ctx.canvas;
  const canvas = document.createElement('canvas');
  const heading = 40 * devicePixelRatio;
  canvas.width = source.width;
  canvas.height = source.height + heading;
  const context = canvas.getContext('2d');
  if (!context) return;
  const style = getComputedStyle(document.documentElement);
  context.fillStyle = style.getPropertyValue('--page');
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.fillStyle = style.getPropertyValue('--text');
  context.font = `${15 * devicePixelRatio}px system-ui, sans-serif`;
  context.fillText(`${title} (${unit})`, 12 * devicePixelRatio, 26 * devicePixelRatio);
  context.drawImage(source, 0, heading);
  canvas.toBlob((blob) => blob && saveFile(`${title}.png`, blob), 'image/png');
}
