import type { Application } from './decide.ts';
import type { DecisionRecord } from './record.ts';

/** Returns the application that a record keeps. */
export function applicationOf(record: DecisionRecord): Application {
  return {
    jurisdiction: record.jurisdiction,
    effect: record.effect.applied,
    twin: record.twin,
    full: record.full,
    exposure: record.exposure.before,
    ...reportsOf(record),
  };
}

/** Before edition 4, emotions that a customer reported bounded the twin as well. */
function reportsOf({ versions, counts, is_self_reported }: DecisionRecord) {
  if (versions.edition === undefined) return { isSelfReported: is_self_reported };
  return {
    isSelfReported: counts.transactions.customer > 0,
    hasReportedEmotions: (counts.emotions?.customer ?? 0) > 0,
  };
}
