import type { CreditTerms } from '../policy/outcome.ts';
import type { DecisionRecord } from './record.ts';
import { quantileOf } from '../quantile.ts';
import { roundToCents } from '../round-to-cents.ts';

/** A decision, as far as a backtest compares it. */
export interface ComparedDecision {
  approved: boolean;
  terms: CreditTerms | null;
  reasons: string[];
}

/** Why a stored decision cannot be decided again by another policy. */
export type Gap = 'no_record' | 'overridden' | 'unknown_policy' | 'emotions_not_read' | 'other_sources';

/** Before: as it was decided. After: as the candidate decides. */
interface BeforeAfter<Value> {
  before: Value;
  after: Value;
}

export interface Distribution {
  count: number;
  sum: number;
  min: number | null;
  p10: number | null;
  p50: number | null;
  p90: number | null;
  max: number | null;
}

/** The offers in a band of values: `from` <= value < `to`. */
export interface Band extends BeforeAfter<number> {
  from: number;
  to: number;
}

export interface Cohort {
  by: 'jurisdiction' | 'source' | 'customer';
  value: string;
  /** Different ones; decisions without their customer count as one of them. */
  customers: number;
  decisions: number;
  approved: BeforeAfter<number>;
  to_approved: number;
  to_denied: number;
  limits: BeforeAfter<number>;
}

export interface BacktestReport {
  policy: string;
  decisions: number;
  replayed: number;
  not_replayed: Record<Gap, number>;
  /** Decisions that differ in the outcome, the terms or the reasons. */
  differences: number;
  flips: { to_approved: number; to_denied: number };
  approved: BeforeAfter<number>;
  /** Of the offers. */
  credit_limit: BeforeAfter<Distribution>;
  /** Percent a year. */
  interest_rate: BeforeAfter<Distribution>;
  credit_limit_bands: Band[];
  interest_rate_bands: Band[];
  /** Sum of what customers would have with the offers accepted. */
  exposure: BeforeAfter<number>;
  /** The decisions that have a reason, by its code. */
  reasons: Record<string, BeforeAfter<number>>;
  cohorts: Cohort[];
}

interface Tally extends BacktestReport {
  limits: BeforeAfter<number[]>;
  rates: BeforeAfter<number[]>;
  byCohort: Map<string, Cohort & { ids: Set<string> }>;
}

export function createReport(policy: string): Tally {
  const nothing = { before: distributionOf([]), after: distributionOf([]) };
  return {
    policy,
    decisions: 0,
    replayed: 0,
    not_replayed: { no_record: 0, overridden: 0, unknown_policy: 0, emotions_not_read: 0, other_sources: 0 },
    differences: 0,
    flips: { to_approved: 0, to_denied: 0 },
    approved: { before: 0, after: 0 },
    credit_limit: nothing,
    interest_rate: nothing,
    credit_limit_bands: [],
    interest_rate_bands: [],
    exposure: { before: 0, after: 0 },
    reasons: {},
    cohorts: [],
    limits: { before: [], after: [] },
    rates: { before: [], after: [] },
    byCohort: new Map(),
  };
}

interface Compared extends BeforeAfter<ComparedDecision> {
  record: DecisionRecord;
  isKnown: boolean;
}

export function addDecision(tally: Tally, compared: Compared): void {
  const { record, isKnown, before, after } = compared;
  tally.decisions += 1;
  tally.replayed += 1;
  if (JSON.stringify(substanceOf(before)) !== JSON.stringify(substanceOf(after))) tally.differences += 1;
  if (!before.approved && after.approved) tally.flips.to_approved += 1;
  if (before.approved && !after.approved) tally.flips.to_denied += 1;
  for (const side of ['before', 'after'] as const) {
    const { approved, terms, reasons } = compared[side];
    if (approved) tally.approved[side] += 1;
    tally.exposure[side] += record.exposure.before + (terms?.credit_limit ?? 0);
    if (terms) {
      tally.limits[side].push(terms.credit_limit);
      tally.rates[side].push(terms.interest_rate);
    }
    for (const code of reasons) (tally.reasons[code] ??= { before: 0, after: 0 })[side] += 1;
  }
  addToCohort(tally, 'jurisdiction', record.jurisdiction, compared);
  addToCohort(tally, 'source', sourceOf(record), compared);
  addToCohort(tally, 'customer', isKnown ? 'known' : 'new', compared);
}

export function finishReport({ limits, rates, byCohort, ...report }: Tally): BacktestReport {
  return {
    ...report,
    credit_limit: { before: distributionOf(limits.before), after: distributionOf(limits.after) },
    interest_rate: { before: distributionOf(rates.before), after: distributionOf(rates.after) },
    credit_limit_bands: bandsOf(limits),
    interest_rate_bands: bandsOf(rates),
    exposure: { before: roundToCents(report.exposure.before), after: roundToCents(report.exposure.after) },
    cohorts: [...byCohort.values()]
      .map(({ ids, ...cohort }) => ({
        ...cohort,
        customers: ids.size,
        limits: { before: roundToCents(cohort.limits.before), after: roundToCents(cohort.limits.after) },
      }))
      .toSorted((a, b) => a.by.localeCompare(b.by) || b.decisions - a.decisions),
  };
}

function addToCohort(
  tally: Tally,
  by: Cohort['by'],
  value: string,
  { record, before, after }: Compared,
): void {
  const key = `${by} ${value}`;
  const cohort = tally.byCohort.get(key) ?? {
    by,
    value,
    ids: new Set<string>(),
    customers: 0,
    decisions: 0,
    approved: { before: 0, after: 0 },
    to_approved: 0,
    to_denied: 0,
    limits: { before: 0, after: 0 },
  };
  cohort.decisions += 1;
  cohort.ids.add(record.user_id);
  cohort.approved.before += before.approved ? 1 : 0;
  cohort.approved.after += after.approved ? 1 : 0;
  cohort.to_approved += !before.approved && after.approved ? 1 : 0;
  cohort.to_denied += before.approved && !after.approved ? 1 : 0;
  cohort.limits.before += before.terms?.credit_limit ?? 0;
  cohort.limits.after += after.terms?.credit_limit ?? 0;
  tally.byCohort.set(key, cohort);
}

/** In one order of the keys: a record that PostgreSQL has kept has another. */
function substanceOf({ approved, terms, reasons }: ComparedDecision) {
  return [approved, terms && [terms.credit_limit, terms.interest_rate, terms.credit_type], reasons];
}

/** The sources of the facts that counted. */
function sourceOf({ counts }: DecisionRecord): string {
  const of = (source: 'platform' | 'customer') =>
    counts.transactions[source] + (counts.emotions?.[source] ?? 0) > 0 ? [source] : [];
  return [...of('platform'), ...of('customer')].join(' and ') || 'no facts';
}

function distributionOf(values: number[]): Distribution {
  const sorted = Float64Array.from(values).toSorted();
  const at = (share: number) => quantileOf(sorted, share);
  return {
    count: sorted.length,
    sum: roundToCents(sorted.reduce((total, value) => total + value, 0)),
    min: sorted[0] ?? null,
    p10: at(0.1),
    p50: at(0.5),
    p90: at(0.9),
    max: sorted.at(-1) ?? null,
  };
}

const BANDS = 10;

function bandsOf({ before, after }: BeforeAfter<number[]>): Band[] {
  const highest = [...before, ...after].reduce((max, value) => Math.max(max, value), 0);
  const width = widthOf(highest / BANDS);
  const count = Math.floor(highest / width) + 1;
  const countIn = (values: number[], band: number) =>
    values.filter((value) => Math.floor(value / width) === band).length;
  return Array.from({ length: count }, (_, band) => ({
    from: roundToCents(band * width),
    to: roundToCents((band + 1) * width),
    before: countIn(before, band),
    after: countIn(after, band),
  }));
}

/** The next of 1, 2, 5, 10, 20, … */
function widthOf(least: number): number {
  const power = 10 ** Math.floor(Math.log10(Math.max(0.5, least)));
  return power * ([1, 2, 5].find((step) => step * power >= least) ?? 10);
}
