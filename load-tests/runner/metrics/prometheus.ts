/** The series of a process by `name{labels}`. */
export type Figures = Map<string, number>;

/** Parses Prometheus' text format: a series and its value a line. */
export function parsePrometheus(text: string): Figures {
  const figures: Figures = new Map();
  for (const line of text.split('\n')) {
    const at = line.lastIndexOf(' ');
    if (line.startsWith('#') || at === -1) continue;
    figures.set(line.slice(0, at), Number(line.slice(at + 1)));
  }
  return figures;
}

export function sumFigures(list: Figures[]): Figures {
  const total: Figures = new Map();
  for (const [key, value] of list.flatMap((figures) => [...figures])) {
    total.set(key, (total.get(key) ?? 0) + value);
  }
  return total;
}
