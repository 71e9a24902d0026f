import { escapeHtml } from './escape-html.ts';

interface Series {
  name: string;
  color: string;
  values: (number | null)[];
}

const WIDTH = 900;
const HEIGHT = 220;
const LEFT = 62;
const BOTTOM = 26;
const TOP = 10;
const RIGHT = 12;
const GRID_LINES = 5;
const TIME_MARKS = 6;

/** Returns lines over the seconds of a test, as SVG that needs nothing else. */
export function chart(title: string, unit: string, seconds: number[], series: Series[]): string {
  const scale = scaleOf(seconds, series);
  const legend = series.map(
    ({ name, color }) => `<span><i style="background:${color}"></i>${escapeHtml(name)}</span>`,
  );
  const drawing = [
    ...gridLines(scale),
    ...timeMarks(scale),
    ...series.map((line) => polyline(line, seconds, scale)),
    ...hints(unit, seconds, series, scale),
  ];
  return (
    `<figure><figcaption>${escapeHtml(title)} <small>${escapeHtml(unit)}</small>` +
    `${legend.join('')}</figcaption>` +
    `<svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${escapeHtml(title)}">` +
    `${drawing.join('')}</svg></figure>`
  );
}

interface Scale {
  x(second: number): number;
  y(value: number): number;
  /** The highest value and the distance of the grid's lines. */
  top: number;
  step: number;
  lastSecond: number;
}

function scaleOf(seconds: number[], series: Series[]): Scale {
  const highest = Math.max(0, ...series.flatMap(({ values }) => values.map((value) => value ?? 0)));
  const step = niceStep((highest || 1) / GRID_LINES);
  const top = Math.ceil((highest || 1) / step) * step;
  const lastSecond = Math.max(1, seconds.at(-1) ?? 1);
  return {
    x: (second) => LEFT + (second / lastSecond) * (WIDTH - LEFT - RIGHT),
    y: (value) => HEIGHT - BOTTOM - (value / top) * (HEIGHT - BOTTOM - TOP),
    top,
    step,
    lastSecond,
  };
}

function gridLines({ y, top, step }: Scale): string[] {
  return Array.from({ length: Math.round(top / step) + 1 }, (_, index) => {
    const value = step * index;
    const height = y(value).toFixed(1);
    return (
      `<line x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${height}" y2="${height}" class="grid"/>` +
      `<text x="${LEFT - 8}" y="${height}" class="axis end">${shortNumber(value)}</text>`
    );
  });
}

function timeMarks({ x, lastSecond }: Scale): string[] {
  const step = Math.max(1, niceStep(lastSecond / TIME_MARKS));
  return Array.from({ length: Math.floor(lastSecond / step) + 1 }, (_, index) => {
    const second = step * index;
    const text = `${shortNumber(second)} s`;
    return `<text x="${x(second).toFixed(1)}" y="${HEIGHT - 8}" class="axis middle">${text}</text>`;
  });
}

function polyline({ color, values }: Series, seconds: number[], { x, y }: Scale): string {
  const points = values.flatMap((value, index) =>
    value === null ? [] : [`${x(seconds[index] ?? 0).toFixed(1)},${y(value).toFixed(1)}`],
  );
  return `<polyline points="${points.join(' ')}" fill="none" stroke="${color}" stroke-width="1.8"/>`;
}

/** A column a second to point at, with its figures as the browser's own hint. */
function hints(unit: string, seconds: number[], series: Series[], { x }: Scale): string[] {
  const width = (WIDTH - LEFT - RIGHT) / Math.max(1, seconds.length);
  return seconds.map((second, index) => {
    const figures = series.map(({ name, values }) => `${name} ${shortNumber(values[index] ?? 0)} ${unit}`);
    const from = (x(second) - width / 2).toFixed(1);
    return (
      `<rect x="${from}" y="${TOP}" width="${width.toFixed(1)}" height="${HEIGHT - BOTTOM - TOP}" ` +
      `class="hint"><title>${second} s\n${escapeHtml(figures.join('\n'))}</title></rect>`
    );
  });
}

/** The next of 1, 2, 5 times a power of ten. */
function niceStep(value: number): number {
  const power = 10 ** Math.floor(Math.log10(value));
  return ([1, 2, 5].find((step) => step * power >= value) ?? 10) * power;
}

const shortNumber = (value: number): string =>
  value >= 10_000
    ? `${Number((value / 1000).toFixed(1))}k`
    : String(Number(value.toFixed(value < 10 ? 2 : 0)));
