import type { OpenedDecision } from '../../sdk/contracts/operator-what-if.ts';
import type { Policy } from '../policy/build-policy.ts';
import type { FeatureVector } from '../risk-model.ts';
import { isEmotional, twinOf } from '../twin.ts';
import { effectOf, reportsUnder } from './backtest.ts';
import { type Application, type Assessment, decide } from './decide.ts';
import { type Ask, explain } from './explain.ts';
import { explanationIn, openDecision } from './open-decision.ts';
import { type DecisionRecord, featuresOf, isSameJson } from './record.ts';

/** The values of features that another decision is made with, and the policy that makes it. */
interface Supposition {
  features: Partial<FeatureVector>;
  policy: Policy;
}

/**
 * Decides on a recorded application with other values, or by another policy. Vectors that the record has keep
 * its predictions; the model is asked about the others alone. Nothing supposed gives the decision of the
 * record.
 */
export async function decideWhatIf(
  record: DecisionRecord,
  { features, policy }: Supposition,
  model: { ask: Ask; askAgain: Ask },
): Promise<OpenedDecision> {
  const effect = effectOf(policy, record);
  const supposed: FeatureVector = { ...featuresOf(record), ...features };
  const twinVector = twinOf(supposed);
  const [twin, full] = await assess(
    record,
    effect === 'off' ? [twinVector] : [twinVector, supposed],
    model.ask,
  );
  if (!twin) throw new Error('the model gave no prediction');
  const application: Application = {
    jurisdiction: record.jurisdiction,
    effect,
    twin,
    full: full ?? null,
    exposure: record.exposure.before,
    ...reportsUnder(policy, record, effect),
  };
  const decision = decide(policy, application);
  const isRecorded =
    policy.hash === record.versions.policy_hash &&
    isSameJson(twin, record.twin) &&
    isSameJson(application.full, record.full);
  const explanation = isRecorded
    ? explanationIn(record)
    : await explain(policy, application, decision, model.askAgain);
  const because =
    policy.hash === record.versions.policy_hash || effect === record.effect.applied
      ? record.effect.because
      : policy.effectIn(record.jurisdiction).because;
  return openDecision(policy, application, decision, explanation, because);
}

/** Returns the emotional features of a supposition that cannot count: the effect of emotions is off. */
export function idleFeatures(record: DecisionRecord, { features, policy }: Supposition): string[] {
  if (effectOf(policy, record) !== 'off') return [];
  return Object.keys(features).filter(isEmotional);
}

async function assess(record: DecisionRecord, vectors: FeatureVector[], ask: Ask): Promise<Assessment[]> {
  const recorded = [record.twin, ...(record.full ? [record.full] : [])];
  const find = (among: Assessment[], vector: FeatureVector) =>
    among.find(({ features }) => isSameJson(features, vector));
  const unknown = vectors.filter(
    (vector, index) =>
      !find(recorded, vector) && vectors.findIndex((earlier) => isSameJson(earlier, vector)) === index,
  );
  const predictions = unknown.length > 0 ? await ask(unknown) : [];
  const predicted = unknown.flatMap((features, index) => {
    const prediction = predictions[index];
    return prediction ? [{ features, prediction }] : [];
  });
  return vectors.flatMap((vector) => find([...recorded, ...predicted], vector) ?? []);
}
