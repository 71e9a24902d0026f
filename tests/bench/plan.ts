import type { Bench } from './bench.ts';
import { CREDIT } from './credit.ts';
import { ingestionRows } from './ingestion.ts';
import { OPERATORS } from './operators.ts';
import { PRIVACY } from './privacy.ts';
import { publish } from './publish.ts';
import { webhooks } from './webhooks.ts';

/** The rows to measure, and how. */
interface Plan {
  benches: Bench[];
  hasGrowth: boolean;
  hasTracing: boolean;
  seconds: number;
  rounds: number;
  /** Stored events at which growth is measured. */
  millions: number[];
}

/** The options of the command. */
export interface PlanOptions {
  only?: string;
  seconds?: number;
  rounds?: number;
  connections?: number;
  full?: true;
  millions?: string;
}

/** Rows that compare two systems. */
const GROWTH = 'growth';
const TRACING = 'traced-1-percent';
/** A hundred million take 25 GB and most of an hour. */
const MILLIONS_MAX = 1000;

/** Returns the plan of these options, or a sentence for those that do not fit. */
export function planOf(options: PlanOptions): Plan | string {
  const { seconds = 5, rounds = 3, connections, full, millions } = options;
  const rows = [...ingestionRows(connections), ...CREDIT, publish, ...PRIVACY, webhooks, ...OPERATORS];
  const names = [...rows.map(({ name }) => name), GROWTH, TRACING];
  const only = options.only?.split(',') ?? names;
  const unknown = only.filter((name) => !names.includes(name));
  if (unknown.length > 0) return `no such row: ${unknown.join(', ')}\nrows: ${names.join(', ')}`;
  if (seconds < 1 || rounds < 1 || connections === 0) return '--seconds, --rounds, --connections: at least 1';
  const takers = rows.flatMap(({ name, takesConnections }) => (takesConnections ? [name] : []));
  if (connections !== undefined && !only.every((name) => takers.includes(name)))
    return `--connections needs --only, with some of ${takers.join(', ')}`;
  const hasGrowth = only.includes(GROWTH);
  if (millions !== undefined && (full || !hasGrowth))
    return '--millions is for the row growth, without --full';
  const sizes = millions === undefined ? (full ? [1, 10] : [1]) : sizesOf(millions);
  if (sizes === null) return `--millions must be whole numbers up to ${MILLIONS_MAX} that grow, as 1,10,100`;
  const benches = rows.filter(({ name }) => only.includes(name));
  return { benches, hasGrowth, hasTracing: only.includes(TRACING), seconds, rounds, millions: sizes };
}

function sizesOf(list: string): number[] | null {
  const texts = list.split(',');
  const sizes = texts.map(Number);
  const isGrowing = sizes.every((size, at) => size > (sizes[at - 1] ?? 0) && size <= MILLIONS_MAX);
  return isGrowing && texts.every((text) => /^\d+$/.test(text)) ? sizes : null;
}
