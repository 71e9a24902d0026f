import { PolicyError } from './policy-error.ts';
import type { ExpressionFacts } from './expression.ts';
import type { PolicyDocument } from './policy-document.ts';

/** A trial costs at least so much, in characters of an expression: about 5 ns of a core each. */
const CHARACTERS_OF_TRIAL = 40;
/**
 * Less than a second of a core for all trials of a document, and as much again for the order of its terms.
 * Counted and not timed, so that every machine takes the same documents.
 */
const CHARACTERS_MAX = 160_000_000;

/** The trials of a document that is checked; they end at a bound, however many rules and numbers it has. */
export interface Trials {
  /** Counts the calls of a function that evaluates expressions of so many characters. */
  counted<Value>(evaluate: (facts: ExpressionFacts) => Value, characters: number): typeof evaluate;
}

/** The counted functions throw PolicyError beyond the bound. */
export function createTrials(charactersMax = CHARACTERS_MAX): Trials {
  let left = charactersMax;
  return {
    counted(evaluate, characters) {
      const cost = CHARACTERS_OF_TRIAL + characters;
      return (facts) => {
        left -= cost;
        if (left < 0) throw new PolicyError([BEYOND]);
        return evaluate(facts);
      };
    },
  };
}

const BEYOND = '/: cannot be tried in bounded time: it has too many rules and bands, or too long ones';

/** Returns the characters that a judgment evaluates at most: every rule, and the longest band. */
export function charactersOf({ rules, terms }: Pick<PolicyDocument, 'rules' | 'terms'>): number {
  const ofRules = rules.reduce((sum, { deny_when }) => sum + deny_when.length, 0);
  const ofBands = terms.map(({ credit_limit, interest_rate }) => credit_limit.length + interest_rate.length);
  return ofRules + Math.max(0, ...ofBands);
}
