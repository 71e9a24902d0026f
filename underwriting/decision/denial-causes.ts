import type { Policy, RuleSubject } from '../policy/build-policy.ts';
import type { ExpressionFacts } from '../policy/expression.ts';
import type { Outcome } from '../policy/outcome.ts';
import { HIGH_RISK_SCORE } from '../policy/policy-document.ts';
import type { Edition } from './editions.ts';

/**
 * Returns why a policy denies facts, in its order: the subject of each rule that denies, or the score alone
 * where none does. Rules may have the same code; before edition 5 a code stood for all of them.
 */
export function causesOf(
  policy: Policy,
  facts: ExpressionFacts,
  outcome: Outcome,
  edition: Edition,
): RuleSubject[] {
  if (edition < 5) return outcome.denied_by.map((code) => subjectOfCode(policy, code, edition));
  const { denies } = policy.pathOf(facts);
  const causes = policy.subjects.filter((_, index) => denies[index]);
  return causes.length > 0 ? causes : [SCORE];
}

/** Above the last band of the policy. */
const SCORE: RuleSubject = { code: HIGH_RISK_SCORE, feature: null, isEmotional: false, isOfExposure: false };

function subjectOfCode(policy: Policy, code: string, edition: Edition): RuleSubject {
  const subjects = policy.subjects.filter((subject) => subject.code === code);
  return {
    code,
    feature: subjects[0]?.feature ?? null,
    isEmotional: subjects.some(({ isEmotional }) => isEmotional),
    isOfExposure: edition > 3 && subjects.length > 0 && subjects.every(({ isOfExposure }) => isOfExposure),
  };
}
