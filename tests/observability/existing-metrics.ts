/** Reads, of all processes, the names of metrics as queries have them, and the labels that have samples. */
export async function readMetrics(
  opsUrls: string[],
): Promise<{ metrics: string[]; labels: Map<string, Set<string>> }> {
  const texts = await Promise.all(opsUrls.map(async (url) => (await fetch(`${url}/metrics`)).text()));
  const lines = texts.join('\n').split('\n');
  const metrics = lines.flatMap((line) => {
    const [, name = '', type] = /^# TYPE (\S+) (\S+)/.exec(line) ?? [];
    return type === 'histogram' ? ['_bucket', '_sum', '_count'].map((end) => name + end) : [name];
  });
  const labels = new Map<string, Set<string>>();
  for (const line of lines) {
    const [, name = '', set = ''] = /^(\w+)(?:\{(.*)\})? /.exec(line) ?? [];
    if (!name) continue;
    const names = labels.get(name) ?? new Set();
    for (const [, label = ''] of set.matchAll(/(\w+)="/g)) names.add(label);
    labels.set(name, names);
  }
  return { metrics, labels };
}

/** Returns the labels that an expression selects by, or groups by. */
export function labelsIn(expr: string): string[] {
  const selected = [...expr.matchAll(/(\w+)\s*(?:=~|!=|!~|=)\s*"/g)].map(([, label]) => label ?? '');
  const grouped = [...expr.matchAll(/by \(([^)]*)\)/g)].flatMap(([, list]) => (list ?? '').split(/,\s*/));
  return [...new Set([...selected, ...grouped])].filter((label) => !label.startsWith('alert'));
}
