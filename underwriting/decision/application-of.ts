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
    isSelfReported: record.is_self_reported,
  };
}
