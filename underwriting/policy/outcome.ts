import type { CreditType } from '../../sdk/contracts/credit.ts';

/** The policy's judgment of one prediction, before exposure and sources bound it. */
export interface Outcome {
  approved: boolean;
  /** The codes of the rules that denied it, in the policy's order. */
  denied_by: string[];
  /** Null when denied. */
  terms: CreditTerms | null;
}

export interface CreditTerms {
  /** Two decimals. */
  credit_limit: number;
  /** Percent a year, two decimals. */
  interest_rate: number;
  credit_type: CreditType;
}
