import { buildPolicy, type Policy } from './build-policy.ts';
import {
  faultsOfLaw,
  faultsOfNames,
  faultsOfNumbers,
  faultsOfShape,
  probe,
  soundSections,
} from './check-policy.ts';
import { faultsOfOrder } from './check-order.ts';
import { faultsOfFarTerms } from './check-terms.ts';
import { faultsOfOutcomes, faultsOfStatements } from './check-sense.ts';
import { faultsOfTexts, faultsOfValues } from './check-values.ts';
import type { PolicyDocument } from './policy-document.ts';
import { PolicyError } from './policy-error.ts';
import { charactersOf, createTrials, type Trials } from './trials.ts';
import { runSteps, type Steps } from './steps.ts';

/**
 * Makes a policy of a document that is being written. Throws PolicyError for one that could fail while a
 * customer waits (a wrong type, an unknown name, a missing text, an expression that gives no number for some
 * score), that makes no sense (see check-sense.ts), or that cannot be tried in bounded time (see trials.ts).
 */
export function compilePolicy(input: unknown): Policy {
  return runSteps(compileInSteps(input));
}

/** The same in steps. */
export function* compileInSteps(input: unknown): Steps<Policy> {
  const trials = createTrials();
  const faultsOfSense = [
    ...faultsOfStatements(soundSections(input)),
    ...faultsOfValues(soundSections(input)),
  ];
  const policy = yield* compile(input, faultsOfSense, trials);
  const { document } = policy;
  const judge = trials.counted(policy.judge, charactersOf(document));
  const faults = [
    ...(yield* faultsOfOutcomes(document, judge, trials)),
    ...(yield* faultsOfFarTerms(document, judge)),
  ];
  if (faults.length > 0) throw new PolicyError(faults);
  const judgeInOrder = createTrials().counted(policy.judge, charactersOf(document));
  const unordered = yield* faultsOfOrder(document, judgeInOrder);
  if (unordered.length > 0) throw new PolicyError(unordered);
  return policy;
}

/**
 * Makes a policy of a document that was read from a text, whose keys that stand twice (as JSON pointers into
 * the document) are faults as well. Throws PolicyError with every fault.
 */
export function compileReadPolicy(document: unknown, duplicateKeys: string[]): Policy {
  const faults = duplicateKeys.map((place) => `${place || '/'}: stands twice`);
  try {
    const policy = compilePolicy(document);
    if (faults.length === 0) return policy;
  } catch (error) {
    if (!(error instanceof PolicyError)) throw error;
    faults.push(...error.faults);
  }
  throw new PolicyError(faults);
}

/**
 * Makes a policy of a document that is stored already: it made sense by the rules of its time. Throws
 * PolicyError for one that could fail while a customer waits.
 */
export function compileStoredPolicy(input: unknown): Policy {
  return runSteps(compile(input, [], createTrials(Infinity)));
}

function* compile(input: unknown, faultsOfSense: string[], trials: Trials): Steps<Policy> {
  const unreadable = faultsOfTexts(input);
  if (unreadable.length > 0) throw new PolicyError(unreadable);
  const faults = [...faultsOfShape(input), ...faultsOfSections(input), ...faultsOfSense];
  if (faults.length > 0) throw new PolicyError(faults);
  const document = input as PolicyDocument;
  const { policy } = buildPolicy(document);
  const failure = yield* probe(document, trials.counted(policy.judge, charactersOf(document)));
  if (failure) throw new PolicyError([failure]);
  return policy;
}

/** A section of the wrong shape hides no fault of another. */
function faultsOfSections(input: unknown): string[] {
  const sections = soundSections(input);
  const { rules = [], terms = [], features = {} } = sections;
  const { faults } = buildPolicy({ ...sections, rules, terms, features } as PolicyDocument);
  return [...faults, ...faultsOfNames(sections), ...faultsOfLaw(sections), ...faultsOfNumbers(sections)];
}
