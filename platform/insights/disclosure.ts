import type { PendingQuery, Row } from 'postgres';
import type { Sql } from '../data/sql.ts';

/** No figure of the population is of fewer customers. */
export const CUSTOMERS_MIN = 20;

/** Published counts are multiples of it, so that watching a count does not show a customer's step. */
const COUNT_STEP = 5;

/**
 * Returns the condition that a cell may be published, over its column with the bits of its customers. Of
 * different customers some share a bit, so a cell that passes has at least so many.
 *
 * Every published figure is a sum of such cells, with a grid that no filter moves: the difference of two
 * figures is again made of cells that may be published.
 */
export const isPublishable = (sql: Sql, customers: PendingQuery<Row[]>) =>
  sql`bit_count(bit_or(${customers})) >= ${CUSTOMERS_MIN}`;

interface Part {
  /** How many bits of its customers are set. */
  customers: number;
  /** The bits, one character each, `0` or `1`; null of a part that is large enough by itself. */
  bits: string | null;
}

/**
 * Returns the parts of a cell that may be published, in their order. The total of a cell may be known from
 * elsewhere, so the withheld parts together have at least as many customers as a cell must have: where they
 * have fewer, the smallest of the other parts is withheld as well.
 */
export function publishableParts<P extends Part>(parts: readonly P[]): P[] {
  const small = parts.filter(({ customers }) => customers < CUSTOMERS_MIN);
  const large = parts.filter(({ customers }) => customers >= CUSTOMERS_MIN);
  if (small.length === 0 || unionOf(small) >= CUSTOMERS_MIN) return large;
  const smallest = Math.min(...large.map(({ customers }) => customers));
  const withheld = large.find(({ customers }) => customers === smallest);
  return large.filter((part) => part !== withheld);
}

export const publishedCount = (count: number): number => Math.round(count / COUNT_STEP) * COUNT_STEP;

function unionOf(parts: readonly Part[]): number {
  const bits = new Set<number>();
  for (const { bits: text } of parts) {
    for (let at = text?.indexOf('1') ?? -1; at !== -1; at = text?.indexOf('1', at + 1) ?? -1) bits.add(at);
  }
  return bits.size;
}
