import type { PendingQuery, Row } from 'postgres';
import type { Sql } from '../data/sql.ts';

/** No figure of the population is of fewer customers. */
export const CUSTOMERS_MIN = 20;

/** Published counts are multiples of it, so that watching a count does not show a customer's step. */
export const COUNT_STEP = 5;

/**
 * Returns the condition that a cell may be published, over its column with the bits of its customers. Of
 * different customers some share a bit, so a cell that passes has at least so many.
 *
 * Every published figure is a sum of such cells, with a grid that no filter moves: the difference of two
 * figures is again made of cells that may be published.
 */
export const isPublishable = (sql: Sql, customers: PendingQuery<Row[]>) =>
  sql`bit_count(bit_or(${customers})) >= ${CUSTOMERS_MIN}`;

export interface Part {
  /** One character a bit, `0` or `1`. */
  customers: string;
}

/**
 * Returns the parts of a cell that may be published, in their order. The total of a cell may be known from
 * elsewhere, so the withheld parts together have at least as many customers as a cell must have: where they
 * have fewer, the smallest of the other parts is withheld as well.
 */
export function publishableParts<P extends Part>(parts: readonly P[]): P[] {
  const bySize = parts.toSorted((a, b) => bitCount(a.customers) - bitCount(b.customers));
  let withheld = 0;
  while (withheld < bySize.length && bitCount(bySize[withheld]?.customers ?? '') < CUSTOMERS_MIN)
    withheld += 1;
  while (withheld > 0 && withheld < bySize.length && union(bySize.slice(0, withheld)) < CUSTOMERS_MIN) {
    withheld += 1;
  }
  const published = new Set(bySize.slice(withheld));
  return parts.filter((part) => published.has(part));
}

export const publishedCount = (count: number): number => Math.round(count / COUNT_STEP) * COUNT_STEP;

const bitCount = (bits: string): number => bits.replaceAll('0', '').length;

function union(parts: readonly Part[]): number {
  const bits = new Set<number>();
  for (const { customers } of parts) {
    for (let at = customers.indexOf('1'); at !== -1; at = customers.indexOf('1', at + 1)) bits.add(at);
  }
  return bits.size;
}
