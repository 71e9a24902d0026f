import { buildPolicy, type Policy } from './build-policy.ts';
import { faultsOfNames, faultsOfNumbers, PolicyError, probe, requireShape } from './check-policy.ts';

/**
 * Makes a policy of a document. Throws PolicyError for one that could fail while a customer waits: a wrong
 * type, an unknown name, a missing text, an expression that gives no number for some score.
 */
export function compilePolicy(input: unknown): Policy {
  const document = requireShape(input);
  const { policy, faults } = buildPolicy(document);
  faults.push(...faultsOfNames(document), ...faultsOfNumbers(document));
  if (faults.length > 0) throw new PolicyError(faults);
  const failure = probe(document, policy.judge);
  if (failure) throw new PolicyError([failure]);
  return policy;
}
