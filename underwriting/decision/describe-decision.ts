import type { DecisionRecord } from './record.ts';
import { textsOf } from '../policy/policy-document.ts';
import type { Policy } from '../policy/build-policy.ts';

/** Returns a page of prose about a decision: facts, judgments, reasons, and the change that would flip it. */
export function describeDecision(record: DecisionRecord, policy: Policy | null): string[] {
  return [
    `Decision ${record.analysis_id} on customer ${record.user_id}, ${record.decided_at}.`,
    '',
    outcomeOf(record),
    '',
    'What counted',
    `  ${countsOf(record)}`,
    `  ${emotionsOf(record)}`,
    `  Limits of the customer before: ${money(record.exposure.before)} of ${money(record.exposure.max)}.`,
    '',
    'What the model and the policy said',
    ...assessmentsOf(record),
    `  Policy ${record.versions.policy}${policy ? `: ${policy.document.title}` : ', which is not stored'}.`,
    `  The one ${record.basis === 'full' ? 'with' : 'without'} emotions counts.${adjustmentsOf(record)}`,
    '',
    'Why',
    ...reasonsOf(record, policy),
    '',
    'What would flip it',
    `  ${recourseOf(record)}`,
  ];
}

function outcomeOf({ approved, terms }: DecisionRecord): string {
  if (!approved || !terms) return 'The application was DENIED.';
  const { credit_limit, interest_rate, credit_type } = terms;
  const kind = credit_type === 'LONG_TERM_PERSONAL_LOAN' ? 'long-term' : 'short-term';
  return `The application was APPROVED: ${money(credit_limit)} at ${interest_rate} % a year, ${kind}.`;
}

function countsOf({ counts, window }: DecisionRecord): string {
  const { platform, customer, set_aside } = counts.transactions;
  return (
    `${counted(platform + customer, 'transaction')} in the ${window.long_days} days up to ${window.today}: ` +
    `${platform} that the platform reported, ${customer} that the customer reported${asideOf(set_aside)}.`
  );
}

function asideOf(count = 0): string {
  if (count === 0) return '';
  const verb = count === 1 ? 'was' : 'were';
  return `; ${count} of the customer ${verb} set aside: the platform's alone allow more`;
}

function emotionsOf({ counts, effect, jurisdiction }: DecisionRecord): string {
  const where = `in ${jurisdiction === 'unknown' ? 'an unknown jurisdiction' : jurisdiction}`;
  const why = CAUSES[effect.because] ?? effect.because;
  if (effect.applied === 'off') return `Emotions were not read: their effect ${where} is off, by ${why}.`;
  const events = counted(
    (counts.emotions?.platform ?? 0) + (counts.emotions?.customer ?? 0),
    'emotion event',
  );
  const meaning = effect.applied === 'help_only' ? 'they may help and never harm' : 'they count in full';
  const aside = asideOf(counts.emotions?.set_aside);
  return `${events}${aside}; their effect ${where} is ${effect.applied}, by ${why}: ${meaning}.`;
}

const CAUSES: Record<string, string> = {
  law: 'law (Directive (EU) 2023/2225, article 18)',
  policy_for_jurisdiction: "the policy's rule for the jurisdiction",
  jurisdiction_unknown: 'the unknown jurisdiction',
  policy_default: "the policy's default",
  consent: 'a consent of the customer that is missing or withdrawn',
};

function assessmentsOf({ twin, full, outcomes, versions }: DecisionRecord): string[] {
  const line = (name: string, score: number, outcome: DecisionRecord['outcomes']['twin']) =>
    `  Model ${versions.model} gives the customer ${name} a risk score of ${score}: ` +
    (outcome.approved ? 'the policy approves.' : `the policy denies (${outcome.denied_by.join(', ')}).`);
  return [
    line('without emotions', twin.prediction.risk_score, outcomes.twin),
    ...(full && outcomes.full ? [line('with emotions', full.prediction.risk_score, outcomes.full)] : []),
  ];
}

function adjustmentsOf({ adjustments }: DecisionRecord): string {
  return adjustments.length > 0 ? ` Its terms are bounded: ${adjustments.join(', ')}.` : '';
}

function reasonsOf(
  { reasons, override, explanation_complete: isComplete }: DecisionRecord,
  policy: Policy | null,
): string[] {
  if (override) return [`  ${overrideOf(override)}`];
  if (reasons.length === 0) return ['  Nothing spoke against it.'];
  return reasons.map(({ code, feature, value, sufficient_value }, index) => {
    const text = (policy && textsOf(policy.document, code)?.en) ?? '';
    const values =
      feature === null ? '' : ` ${feature} was ${value}${enoughOf(sufficient_value, isComplete)}.`;
    return `  ${index + 1}. ${code}: ${text}${values}`;
  });
}

function overrideOf(override: NonNullable<DecisionRecord['override']>): string {
  const { analysis_id, reason_code, proposed_by, decided_by } = override;
  const [actors, names] = proposed_by
    ? ['Operators', `proposed by ${proposed_by}, approved by ${decided_by}`]
    : ['An operator', `decided by ${decided_by}`];
  return `${actors} overrode the denial ${analysis_id} in a review: ${reason_code}; ${names}.`;
}

/** Values are tried over the ranges of the policy: beyond them nothing is claimed. */
function enoughOf(value: number | null, isComplete: boolean): string {
  if (value !== null) return `; ${value} would have been enough`;
  return isComplete
    ? '; no value of it alone is known that would have been enough'
    : '; which value of it would have been enough is not known';
}

function recourseOf({ approved, recourse, explanation_complete }: DecisionRecord): string {
  if (approved) return 'Nothing: it is an approval.';
  if (recourse.length === 0) {
    return explanation_complete
      ? 'No change of one or two things that the customer can change is known to flip it.'
      : 'Not known: the model could not be asked to the end.';
  }
  const changes = recourse.map(({ feature, from, to }) => `${feature} from ${from} to ${to}`);
  return `${changes.join(' and ')}: tried with the same model and policy, which approve then.`;
}

const amounts = new Intl.NumberFormat('en-US', { minimumFractionDigits: 2, maximumFractionDigits: 2 });
const money = (value: number) => amounts.format(value);

const counted = (count: number, noun: string) => `${count} ${noun}${count === 1 ? '' : 's'}`;
