import type { CreditInsights } from '../../../sdk/contracts/operator-insights.ts';
import type { Database } from '../../../platform/data/sql.ts';
import { CUSTOMERS_MIN, publishableParts, publishedCount } from '../../../platform/insights/disclosure.ts';
import { addCounts, bandOf, countsOf, EDGES } from './histogram.ts';
import { type DecisionCell, type Period, selectDecisionCells } from './insight-store.ts';

/** Decisions and offers of whole weeks: the grid is the same for every period, see `disclosure.ts`. */
export async function readCreditInsights(database: Database, period: Period): Promise<CreditInsights> {
  const cells = await selectDecisionCells(database, 'week', period);
  const published = publishableCells(cells);
  const weeks = [...new Set(published.map(({ start }) => start))].toSorted();
  return {
    ...period,
    customers_min: CUSTOMERS_MIN,
    cells_withheld: cells.length - published.length,
    funnel: funnelOf(published),
    weeks: weeks.map((week) => {
      const ofWeek = published.filter(({ start }) => start === week);
      return { week, funnel: funnelOf(ofWeek), ...termsOf(ofWeek) };
    }),
    ...termsOf(published),
    reasons: frequencies(published, 'reason').map(([code, count]) => ({ code, count })),
    effects: frequencies(published, 'effect').map(([effect, count]) => ({ effect, count })),
  };
}

/**
 * The cells that may be published. The stages of a week are published together or not at all, so that a
 * share of two of them is of the same weeks; the parts of any other figure by `publishableParts`.
 */
function publishableCells(cells: DecisionCell[]): DecisionCell[] {
  const groups = Map.groupBy(
    cells,
    ({ start, jurisdiction, figure }) => `${start} ${jurisdiction} ${figure}`,
  );
  return [...groups.values()].flatMap((parts) => {
    const published = publishableParts(parts);
    return parts[0]?.figure === 'stage' && published.length < parts.length ? [] : published;
  });
}

type Funnel = NonNullable<CreditInsights['funnel']>;

function funnelOf(cells: DecisionCell[]): Funnel | null {
  const stages = cells.filter(({ figure }) => figure === 'stage');
  if (stages.length === 0) return null;
  const countOf = (stage: string) =>
    publishedCount(stages.reduce((sum, { part, count }) => sum + (part === stage ? count : 0), 0));
  return {
    decided: countOf('decided'),
    offered: countOf('offered'),
    accepted: countOf('accepted'),
    active: countOf('active'),
  };
}

function termsOf(cells: DecisionCell[]) {
  const bandFor = (figure: string, part: string, edges: number[]) => {
    const counts = cells
      .filter((cell) => cell.figure === figure && cell.part === part)
      .reduce<number[]>((sums, { histogram }) => addCounts(sums, countsOf(histogram, edges.length)), []);
    return bandOf(counts, edges);
  };
  return {
    limit: bandFor('limit', '', EDGES.limit),
    rate: bandFor('rate', '', EDGES.rate),
    seconds_to_active: bandFor('stage', 'active', EDGES.seconds),
  };
}

/** The parts of a figure with their counts, the most frequent first. */
function frequencies(cells: DecisionCell[], name: string): [string, number][] {
  const counts = new Map<string, number>();
  for (const { figure, part, count } of cells) {
    if (figure === name) counts.set(part, (counts.get(part) ?? 0) + count);
  }
  return [...counts]
    .toSorted(([, a], [, b]) => b - a)
    .map(([part, count]): [string, number] => [part, publishedCount(count)]);
}
