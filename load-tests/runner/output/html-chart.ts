/** Lines over the seconds of a test, as SVG that needs nothing else. */
export interface Series {
  name: string;
  colour: string;
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

export function chart(title: string, unit: string, seconds: number[], series: Series[]): string {
  const highest = Math.max(0, ...series.flatMap(({ values }) => values.map((value) => value ?? 0)));
  const step = niceStep((highest || 1) / GRID_LINES);
  const top = Math.ceil((highest || 1) / step) * step;
  const last = Math.max(1, seconds.at(-1) ?? 1);
  const x = (second: number) => LEFT + (second / last) * (WIDTH - LEFT - RIGHT);
  const y = (value: number) => HEIGHT - BOTTOM - (value / top) * (HEIGHT - BOTTOM - TOP);
  const grid = Array.from({ length: Math.round(top / step) + 1 }, (_, index) => {
    const value = step * index;
    const at = y(value).toFixed(1);
    return (
      `<line x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${at}" y2="${at}" class="grid"/>` +
      `<text x="${LEFT - 8}" y="${at}" class="axis end">${number(value)}</text>`
    );
  });
  const every = Math.max(1, niceStep(last / TIME_MARKS));
  const marks = Array.from({ length: Math.floor(last / every) + 1 }, (_, index) => {
    const second = every * index;
    const at = x(second).toFixed(1);
    return `<text x="${at}" y="${HEIGHT - 8}" class="axis middle">${number(second)} s</text>`;
  });
  const lines = series.map(({ colour, values }) => {
    const points = values.flatMap((value, index) =>
      value === null ? [] : [`${x(seconds[index] ?? 0).toFixed(1)},${y(value).toFixed(1)}`],
    );
    return `<polyline points="${points.join(' ')}" fill="none" stroke="${colour}" stroke-width="1.8"/>`;
  });
  // A column a second to point at: its figures as the browser's own hint.
  const column = (WIDTH - LEFT - RIGHT) / Math.max(1, seconds.length);
  const hints = seconds.map((second, index) => {
    const text = series.map(({ name, values }) => `${name} ${number(values[index] ?? 0)} ${unit}`).join('\n');
    const from = (x(second) - column / 2).toFixed(1);
    return (
      `<rect x="${from}" y="${TOP}" width="${column.toFixed(1)}" ` +
      `height="${HEIGHT - BOTTOM - TOP}" class="hint"><title>${second} s\n${escapeHtml(text)}</title></rect>`
    );
  });
  const text = series.map(
    ({ name, colour }) => `<span><i style="background:${colour}"></i>${escapeHtml(name)}</span>`,
  );
  return (
    `<figure><figcaption>${escapeHtml(title)} <small>${escapeHtml(unit)}</small>` +
    `${text.join('')}</figcaption>` +
    `<svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${escapeHtml(title)}">` +
    `${[...grid, ...marks, ...lines, ...hints].join('')}</svg></figure>`
  );
}

/** The next of 1, 2, 5 times a power of ten. */
function niceStep(value: number): number {
  const power = 10 ** Math.floor(Math.log10(value));
  return ([1, 2, 5].find((step) => step * power >= value) ?? 10) * power;
}

const number = (value: number): string =>
  value >= 10_000
    ? `${Number((value / 1000).toFixed(1))}k`
    : String(Number(value.toFixed(value < 10 ? 2 : 0)));

export function escapeHtml(text: string): string {
  const entities: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };
  return text.replace(/[&<>"]/g, (char) => entities[char] ?? char);
}
