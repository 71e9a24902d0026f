import type { FactSource } from '../../sdk/contracts/common.ts';
import type { Policy } from '../policy/build-policy.ts';
import { type EmotionEffect, REDUCED_BY_EXPOSURE, REDUCED_TO_MAXIMUM } from '../policy/policy-document.ts';
import { type Application, decide } from './decide.ts';
import { type Edition, editionsOf, NEWEST } from './editions.ts';
import { reasonsOf } from './reasons.ts';
import { type DecisionRecord, isSameJson } from './record.ts';
import {
  addDecision,
  type BacktestReport,
  type ComparedDecision,
  createReport,
  finishReport,
  type Gap,
} from './backtest-report.ts';

/** A stored decision to be decided again by another policy. */
interface BacktestDecision {
  /** Null of a decision before records were kept. */
  record: DecisionRecord | null;
  /** Whether the customer had a decision before. */
  isKnown: boolean;
}

interface Backtest {
  add(decision: BacktestDecision): void;
  report(): BacktestReport;
}

/**
 * Decides stored decisions again by a candidate policy, from their records alone: each with the vectors,
 * predictions and exposure that it had. Limits that the candidate would have granted before do not count as
 * exposure of later decisions. `policyOf` knows the policies that decided.
 */
export function createBacktest(candidate: Policy, policyOf: (hash: string) => Policy | null): Backtest {
  const report = createReport(candidate.version);
  return {
    add({ record, isKnown }) {
      const gap = record === null ? 'no_record' : gapOf(candidate, record, policyOf);
      if (record === null || gap !== null) {
        report.decisions += 1;
        report.not_replayed[gap ?? 'no_record'] += 1;
        return;
      }
      addDecision(report, {
        record,
        isKnown,
        before: storedOf(record),
        after: decideAgain(candidate, record),
      });
    },
    report: () => finishReport(report),
  };
}

/** Decides a stored decision again by a candidate policy that has no gap for it. */
export function decideAgain(candidate: Policy, record: DecisionRecord): ComparedDecision {
  const effect = effectOf(candidate, record);
  const application: Application = {
    jurisdiction: record.jurisdiction,
    effect,
    twin: record.twin,
    full: effect === 'off' ? null : record.full,
    exposure: record.exposure.before,
    ...reportsUnder(candidate, record, effect),
  };
  const decision = decide(candidate, application);
  const { prediction } = (decision.basis === 'full' ? application.full : null) ?? application.twin;
  const isSameBasis = decision.basis === record.basis && Object.keys(record.weights).length > 0;
  const weights = isSameBasis ? record.weights : (prediction.contributions ?? record.weights);
  const tell = (edition: Edition) =>
    reasonsOf({ policy: candidate, application, decision, weights, edition }).map(({ code }) => code);
  const codesByEdition = editionsOf(record).map(tell);
  // As they were told in its time: another way of telling is no difference between policies.
  const stored = storedOf(record).reasons;
  const reasons =
    codesByEdition.find((codes) => isSameJson(codes, stored)) ?? codesByEdition.at(-1) ?? tell(NEWEST);
  return { approved: decision.approved, terms: decision.terms, reasons };
}

/** Returns why a candidate cannot decide on a record; null when it can. */
export function gapOf(
  candidate: Policy,
  record: DecisionRecord,
  policyOf: (hash: string) => Policy | null,
): Gap | null {
  if (record.override) return 'overridden';
  const decided = policyOf(record.versions.policy_hash);
  if (!decided) return 'unknown_policy';
  const [now, then] = [candidate.document.sources, decided.document.sources];
  const countsSame = (kind: 'transactions' | 'emotions') =>
    SOURCES.every((source) => {
      const countsNow = now[kind].includes(source);
      const countedThen = then[kind].includes(source);
      const counts = record.counts[kind];
      if (source === 'customer' && counts?.set_aside) return !countsNow || candidate.hash === decided.hash;
      // A source that the candidate leaves out is no gap where nothing came from it.
      return countsNow === countedThen || (countedThen && counts?.[source] === 0);
    });
  if (!countsSame('transactions')) return 'other_sources';
  if (effectOf(candidate, record) === 'off') return null;
  if (record.full === null) return 'emotions_not_read';
  return countsSame('emotions') ? null : 'other_sources';
}

const SOURCES: FactSource[] = ['platform', 'customer'];

/** A customer without the consent stays without emotions under every policy. */
export function effectOf(candidate: Policy, { effect, jurisdiction }: DecisionRecord): EmotionEffect {
  if (effect.because === 'consent' && effect.applied === 'off') return 'off';
  return candidate.effectIn(jurisdiction).effect;
}

/** Which facts count under a policy that the customer reported, by the edition of the record. */
export function reportsUnder(
  candidate: Policy,
  record: DecisionRecord,
  effect: EmotionEffect,
): Pick<Application, 'isSelfReported' | 'hasReportedEmotions'> {
  const { sources } = candidate.document;
  const { emotions, transactions } = record.counts;
  const isSelfReported = sources.transactions.includes('customer') && transactions.customer > 0;
  const mayCount = effect !== 'off' && sources.emotions.includes('customer');
  const hasReportedEmotions = mayCount && (emotions?.customer ?? 0) > 0;
  if (record.versions.edition !== undefined) return { isSelfReported, hasReportedEmotions };
  return { isSelfReported: isSelfReported || hasReportedEmotions };
}

/** In the codes of today: a limit at the highest sum was once told as one that exposure reduces. */
function storedOf({ approved, terms, reasons }: DecisionRecord): ComparedDecision {
  const codeOf = ({ code, value }: DecisionRecord['reasons'][number]) =>
    code === REDUCED_BY_EXPOSURE && value === 0 ? REDUCED_TO_MAXIMUM : code;
  return { approved, terms, reasons: reasons.map(codeOf) };
}
