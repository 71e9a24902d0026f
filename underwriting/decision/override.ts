import { isWholeCents } from '../../sdk/contracts/whole-cents.ts';
import type { Policy } from '../policy/build-policy.ts';
import type { CreditTerms } from '../policy/outcome.ts';
import { decide, restsOnReports, roomOf } from './decide.ts';
import { applicationOf } from './application-of.ts';
import type { DecisionRecord } from './record.ts';

/** A person's decision in place of a denial. */
export interface Override {
  reviewId: string;
  analysisId: string;
  traceId: string | null;
  salt: string;
  decidedAt: Date;
  terms: CreditTerms;
  reasonCode: string;
  /** Null where one operator decides alone. */
  proposedBy: string | null;
  decidedBy: string;
  exposure: { before: number; max: number };
}

/**
 * Makes the record of an override: facts, predictions and outcomes of the denial under its own policy, the
 * exposure of now, the operator's terms, and the denial's hash.
 */
export function makeOverrideRecord(
  denial: DecisionRecord,
  denialHash: string,
  policy: Policy,
  override: Override,
): DecisionRecord {
  const application = { ...applicationOf(denial), exposure: override.exposure.before };
  const { outcomes, basis } = decide(policy, application);
  return {
    ...denial,
    schema: 2,
    salt: override.salt,
    analysis_id: override.analysisId,
    trace_id: override.traceId,
    decided_at: override.decidedAt.toISOString(),
    outcomes,
    basis,
    is_self_reported: restsOnReports(application, basis),
    exposure: override.exposure,
    approved: true,
    terms: override.terms,
    adjustments: [],
    reasons: [],
    recourse: [],
    evidence: [],
    weights: {},
    explanation_complete: true,
    override: {
      review_id: override.reviewId,
      analysis_id: denial.analysis_id,
      record_hash: denialHash,
      reason_code: override.reasonCode,
      proposed_by: override.proposedBy,
      decided_by: override.decidedBy,
    },
  };
}

/** A term of an override that the policy does not allow. */
interface TermFault {
  term: keyof CreditTerms;
  message: string;
  /** Whether it is the sum of the customer's limits that is too high. */
  isOfExposure: boolean;
}

/** Returns the terms beyond the policy's bounds: a smallest limit, its types of credit, and the exposure. */
export function faultsOfTerms(
  terms: CreditTerms,
  policy: Policy,
  exposure: { before: number; max: number },
): TermFault[] {
  const { credit_limit_min: least, terms: bands } = policy.document;
  const faults: TermFault[] = [];
  const add = (term: keyof CreditTerms, message: string, isOfExposure = false) =>
    faults.push({ term, message, isOfExposure });
  if (terms.credit_limit < least) add('credit_limit', `must be at least ${least}`);
  const room = roomOf(exposure.max, exposure.before);
  if (terms.credit_limit > room) {
    add('credit_limit', `must be at most ${room}: the highest sum is ${exposure.max}`, true);
  }
  if (!isWholeCents(terms.credit_limit)) add('credit_limit', 'must have at most 2 decimals');
  if (!isWholeCents(terms.interest_rate)) add('interest_rate', 'must have at most 2 decimals');
  if (!bands.some(({ credit_type }) => credit_type === terms.credit_type)) {
    add('credit_type', 'must be one of the policy');
  }
  return faults;
}

/**
 * Returns the interest rate as a fault where it is above any that the policy has for the facts of a denial.
 * Not among `faultsOfTerms`, by which records are replayed that were made before.
 */
export function faultsOfRate(terms: CreditTerms, policy: Policy, denial: DecisionRecord): TermFault[] {
  const application = applicationOf(denial);
  const { features } = denial[denial.basis] ?? denial.twin;
  const { exposure, jurisdiction } = application;
  const highest = policy.highestRate({ exposure, jurisdiction, features });
  if (terms.interest_rate <= highest) return [];
  const message = `must be at most ${highest}, the highest of the policy for this customer`;
  return [{ term: 'interest_rate', message, isOfExposure: false }];
}

/**
 * Returns the term that is worse than that of the customer's open offer, which an override ends: one of a
 * newer decision, or of another review. A higher limit may have a higher rate.
 */
export function faultsBesideOffer(
  terms: CreditTerms,
  offer: Pick<CreditTerms, 'credit_limit' | 'interest_rate'> | null,
): TermFault[] {
  if (!offer || terms.credit_limit > offer.credit_limit) return [];
  const fault = (term: 'credit_limit' | 'interest_rate', bound: string): TermFault[] => {
    const message = `must be at ${bound} ${offer[term]}, as in the customer's open offer, which would end`;
    return [{ term, message, isOfExposure: false }];
  };
  if (terms.credit_limit < offer.credit_limit) return fault('credit_limit', 'least');
  return terms.interest_rate > offer.interest_rate ? fault('interest_rate', 'most') : [];
}
