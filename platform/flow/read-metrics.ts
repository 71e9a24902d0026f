/** Reads the Prometheus text of a process into values by series. */
export type SeriesValues = Map<string, number>;

/** Durations of services behind the gateway are left out: the edges of the flow end at the gateway. */
const NEEDED = new RegExp(
  '^(ecs_(events|messages|consumer|outbox|erasures|reviews|cache)_|ecs_dead_letters|ecs_model_calls|' +
    'ecs_breaker|ecs_(decisions|audit_acts)_unlinked|process_(cpu|resident|start)_|' +
    'ecs_http_request_duration_seconds_(bucket|count)\\{part="gateway")',
);

/** Returns the series that the flow is made of; a line that is none is left out. */
export function readMetrics(text: string): SeriesValues {
  const values: SeriesValues = new Map();
  for (const line of text.split('\n')) {
    if (!NEEDED.test(line)) continue;
    const space = line.lastIndexOf(' ');
    const value = Number(line.slice(space + 1));
    if (Number.isFinite(value)) values.set(line.slice(0, space), value);
  }
  return values;
}

export interface Series {
  name: string;
  labels: Record<string, string>;
}

const series = new Map<string, Series>();
const SERIES_MAX = 20_000;

/** Returns name and labels of a series; remembered, since the same come at every sample. */
export function seriesOf(key: string): Series {
  const remembered = series.get(key);
  if (remembered) return remembered;
  if (series.size >= SERIES_MAX) series.clear();
  const brace = key.indexOf('{');
  const name = brace === -1 ? key : key.slice(0, brace);
  const pairs = brace === -1 ? [] : [...key.slice(brace).matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g)];
  const parsed = {
    name,
    labels: Object.fromEntries(pairs.map(([, label = '', value = '']) => [label, value])),
  };
  series.set(key, parsed);
  return parsed;
}
