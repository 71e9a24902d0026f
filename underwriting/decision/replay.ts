import type { Policy } from '../policy/build-policy.ts';
import type { FeatureName } from '../risk-model.ts';
import { applicationOf } from './application-of.ts';
import { type Application, decide, type Decision, restsOnReports, wouldApprove } from './decide.ts';
import { type Edition, editionsOf } from './editions.ts';
import { type Change, changed } from './find-changes.ts';
import { faultsOfTerms } from './override.ts';
import { type DecisionReason, EXPOSURE, EXPOSURE_MAX, reasonsOf, SOURCE_MAX } from './reasons.ts';
import { type DecisionRecord, isSameJson } from './record.ts';

/** A place of a record, as a JSON pointer, at which the replay gives another value. */
interface Difference {
  path: string;
  stored: unknown;
  computed: unknown;
}

/**
 * Computes a stored decision again from its record and its policy alone. Returns every place that differs:
 * none for a record that nobody changed. Not for one of a newer edition.
 */
export function replay(record: DecisionRecord, policy: Policy): Difference[] {
  const differences: Difference[] = [];
  const compare = (path: string, stored: unknown, computed: unknown) => {
    if (!isSameJson(stored, computed)) differences.push({ path, stored, computed });
  };
  compare('/versions/policy', record.versions.policy, policy.version);
  compare('/versions/policy_hash', record.versions.policy_hash, policy.hash);
  compare('/versions/model', record.versions.model, record.twin.prediction.model_version);
  const application = applicationOf(record);
  const decision = decide(policy, application);
  compare('/effect', record.effect, effectOf(record, policy));
  compare('/outcomes', record.outcomes, decision.outcomes);
  compare('/basis', record.basis, decision.basis);
  // The highest sum is that of the policy in use at its time, and the terms are the operator's.
  if (record.override) return [...differences, ...overrideDifferences(record, policy)];
  compare('/exposure/max', record.exposure.max, policy.document.exposure_max);
  compare('/is_self_reported', record.is_self_reported, restsOnReports(application, decision.basis));
  compare('/approved', record.approved, decision.approved);
  compare('/terms', record.terms, decision.terms);
  compare('/adjustments', record.adjustments, decision.adjustments);
  const reasons = record.reasons.map(withoutSearch);
  const editions = editionsOf(record).map((edition) =>
    searchFreeReasons({ policy, application, decision, edition }, record),
  );
  if (!editions.some((computed) => isSameJson(reasons, computed)))
    compare('/reasons', reasons, editions.at(-1));
  differences.push(...unproven(record, policy, application, decision));
  return differences;
}

function overrideDifferences(record: DecisionRecord, policy: Policy): Difference[] {
  const { approved, terms, exposure, reasons, recourse, adjustments } = record;
  if (!approved || terms === null) return [{ path: '/approved', stored: approved, computed: true }];
  const explained = { reasons, recourse, adjustments };
  const empty = { reasons: [], recourse: [], adjustments: [] };
  return [
    ...faultsOfTerms(terms, policy, exposure).map(({ term, message }) => ({
      path: `/terms/${term}`,
      stored: terms[term],
      computed: message,
    })),
    ...(isSameJson(explained, empty) ? [] : [{ path: '/reasons', stored: explained, computed: empty }]),
  ];
}

/** A missing consent turns emotions off before the policy is asked; the record names it as the cause. */
function effectOf({ jurisdiction, effect, consents }: DecisionRecord, policy: Policy) {
  const computed = policy.effectIn(jurisdiction);
  const isRefused = effect.because === 'consent' && effect.applied === 'off';
  if (consents.emotion_scoring === false || (isRefused && consents.emotion_scoring === undefined)) {
    return { applied: 'off', because: 'consent' };
  }
  return { applied: computed.effect, because: computed.because };
}

function searchFreeReasons(
  of: { policy: Policy; application: Application; decision: Decision; edition: Edition },
  record: DecisionRecord,
) {
  const weights = record.weights as Partial<Record<FeatureName, number>>;
  return reasonsOf({ ...of, weights }).map(withoutSearch);
}

/** Their sufficient values are computed, not searched. */
const COMPUTED = new Set<string | null>([EXPOSURE, EXPOSURE_MAX, SOURCE_MAX]);

/** Searched values are proved by the evidence of the record instead of by asking the model again. */
function withoutSearch(reason: DecisionReason): DecisionReason {
  return COMPUTED.has(reason.feature) ? reason : { ...reason, sufficient_value: null };
}

/** Returns the values claimed as sufficient without an assessment in the record that the policy approves. */
function unproven(
  record: DecisionRecord,
  policy: Policy,
  application: Application,
  decision: Decision,
): Difference[] {
  const start = (decision.basis === 'full' && record.full ? record.full : record.twin).features;
  const isProven = (changes: Change[], supposed = application) => {
    const claim = changed(start, changes);
    const assessment = record.evidence.find(({ features }) => isSameJson(features, claim));
    return assessment !== undefined && wouldApprove(policy, supposed, assessment);
  };
  const differences = record.reasons.flatMap(({ feature, value, sufficient_value }, index) => {
    if (feature === null || value === null || sufficient_value === null) return [];
    if (COMPUTED.has(feature)) return [];
    if (isProven([{ feature, from: value, to: sufficient_value }])) return [];
    return [{ path: `/reasons/${index}/sufficient_value`, stored: sufficient_value, computed: null }];
  });
  if (record.recourse.length === 0) return differences;
  const lowerSum = record.recourse.find(({ feature }) => feature === EXPOSURE);
  const ofFeatures = record.recourse.filter((change) => change !== lowerSum);
  const then = lowerSum ? { ...application, exposure: lowerSum.to } : application;
  const isTrue = ofFeatures.length > 0 ? isProven(ofFeatures, then) : decide(policy, then).approved;
  const startsRight = record.recourse.every(
    ({ feature, from }) =>
      from === (feature === EXPOSURE ? application.exposure : start[feature as FeatureName]),
  );
  if (isTrue && startsRight) return differences;
  return [...differences, { path: '/recourse', stored: record.recourse, computed: null }];
}
