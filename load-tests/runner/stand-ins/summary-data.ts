/** The argument of `handleSummary`, as far as the stand-ins read it. */
export interface SummaryData {
  root_group: Group;
  metrics: Record<string, MetricSummary>;
  options?: { summaryTimeUnit?: string };
}

export interface Group {
  name: string;
  path: string;
  groups: Group[];
  checks: { name: string; passes: number; fails: number }[];
}

export interface MetricSummary {
  type: string;
  contains: string;
  values: Record<string, number>;
  thresholds?: Record<string, { ok: boolean }>;
}

/** Returns a group and all groups in it, each with its depth. */
export function groupsOf(group: Group, depth = 0): { group: Group; depth: number }[] {
  return [{ group, depth }, ...group.groups.flatMap((inner) => groupsOf(inner, depth + 1))];
}

/** Returns the values of a metric as words. */
export function valuesOf({ type, contains, values }: MetricSummary, timeUnit = ''): string[] {
  const format = (value = 0) => {
    if (contains === 'time') return timeText(value, timeUnit);
    return contains === 'data' ? bytesText(value) : String(Number(value.toFixed(6)));
  };
  if (type === 'counter') return [format(values.count), `${format(values.rate)}/s`];
  if (type === 'rate') {
    const total = (values.passes ?? 0) + (values.fails ?? 0);
    return [`${((values.rate ?? 0) * 100).toFixed(2)}%`, `${values.passes ?? 0} out of ${total}`];
  }
  if (type === 'gauge')
    return [format(values.value), `min=${format(values.min)}`, `max=${format(values.max)}`];
  return Object.entries(values).map(([name, value]) => {
    return `${name}=${name === 'count' ? String(value) : format(value)}`;
  });
}

function timeText(ms: number, unit: string): string {
  if (unit === 's') return `${(ms / 1000).toFixed(2)}s`;
  if (unit === 'us' || (unit === '' && ms < 1)) return `${(ms * 1000).toFixed(2)}µs`;
  if (unit === 'ms' || ms < 1000) return `${ms.toFixed(2)}ms`;
  return ms < 60_000
    ? `${(ms / 1000).toFixed(2)}s`
    : `${Math.floor(ms / 60_000)}m${Math.round((ms % 60_000) / 1000)}s`;
}

function bytesText(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  const power = bytes < 1000 ? 0 : Math.min(units.length - 1, Math.floor(Math.log10(bytes) / 3));
  return `${power === 0 ? Math.round(bytes) : (bytes / 1000 ** power).toFixed(1)} ${units[power]}`;
}
