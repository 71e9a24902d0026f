import type { CreditType } from '../../../../sdk/contracts/credit.ts';
import type {
  OperatorReview,
  OverrideRequest,
  UpholdRequest,
} from '../../../../sdk/contracts/operator-reviews.ts';
import { client } from '../shell/client.ts';
import { ActDialog, textOf, WordsField } from '../ui/dialog.tsx';
import { formatMoney } from '../ui/format.ts';
import { termsOf } from '../ui/outcome.tsx';

const UPHOLD_REASONS: Record<UpholdRequest['reason_code'], string> = {
  facts_confirmed: 'The facts are confirmed',
  statement_not_supported: 'Nothing supports the statement',
  risk_too_high: 'The risk is too high',
};
const OVERRIDE_REASONS: Record<OverrideRequest['reason_code'], string> = {
  facts_corrected: 'The facts were wrong',
  income_verified: 'Income was verified',
  model_error: 'The model was wrong',
  hardship: 'Hardship',
  policy_exception: 'An exception to the policy',
};
/** The reason of a decision in words; of one that this release does not know, its code. */
export const reasonOf = (code: string): string =>
  (({ ...UPHOLD_REASONS, ...OVERRIDE_REASONS }) as Record<string, string>)[code] ?? code;

const CREDIT_TYPES: Record<CreditType, string> = {
  SHORT_TERM_PERSONAL_LOAN: 'Short term',
  LONG_TERM_PERSONAL_LOAN: 'Long term',
};

interface DialogProps {
  review: OperatorReview;
  onDecided(): void;
  onClose(): void;
}

export function UpholdDialog({ review, onDecided, onClose }: DialogProps) {
  const uphold = (fields: FormData) =>
    client.reviews.uphold(review.review_id, {
      reason_code: textOf(fields, 'reason') as UpholdRequest['reason_code'],
      note: textOf(fields, 'note'),
      // Not over the proposal of another operator, unseen.
      ...(review.state === 'requested' || review.state === 'proposed' ? { state: review.state } : {}),
    });
  return (
    <ActDialog title="Uphold the denial" act="Uphold" onAct={uphold} onChanged={onDecided} onClose={onClose}>
      <p>
        The customer is notified. It cannot be taken back.
        {review.proposed_by !== null && ` The offer that ${review.proposed_by} proposes is not made.`}
      </p>
      <Choice name="reason" label="Reason" choices={UPHOLD_REASONS} />
      <WordsField name="note" label="Note, for the audit log" lengthMax={1000} />
    </ActDialog>
  );
}

export function OverrideDialog({ review, onDecided, onClose }: DialogProps) {
  const override = (fields: FormData) =>
    client.reviews.override(review.review_id, {
      reason_code: textOf(fields, 'reason') as OverrideRequest['reason_code'],
      note: textOf(fields, 'note'),
      credit_limit: Number(textOf(fields, 'limit')),
      interest_rate: Number(textOf(fields, 'rate')),
      credit_type: textOf(fields, 'type') as CreditType,
    });
  return (
    <ActDialog
      title="Override the denial with an offer"
      act="Override"
      onAct={override}
      onChanged={onDecided}
      onClose={onClose}
    >
      <p>
        The customer has limits of {formatMoney(review.exposure)} now. The policy bounds the terms; a high
        limit, alone or with those of earlier overrides, becomes a proposal for a second operator.
      </p>
      <label>
        Credit limit (amount)
        <input name="limit" type="number" min="0.01" step="0.01" required />
      </label>
      <label>
        Interest rate (percent a year)
        <input name="rate" type="number" min="0" max="999.99" step="0.01" required />
      </label>
      <Choice name="type" label="Kind of loan" choices={CREDIT_TYPES} />
      <Choice name="reason" label="Reason" choices={OVERRIDE_REASONS} />
      <WordsField name="note" label="Note, for the audit log" lengthMax={1000} />
    </ActDialog>
  );
}

export function ApproveDialog({ review, onDecided, onClose }: DialogProps) {
  const { terms, proposed_by: by } = review;
  const approve = (fields: FormData) => client.reviews.approve(review.review_id, textOf(fields, 'note'));
  return (
    <ActDialog
      title="Approve the proposed offer"
      act="Approve"
      onAct={approve}
      onChanged={onDecided}
      onClose={onClose}
    >
      <p>
        {by} proposes {termsOf(terms)}. The customer gets the offer, and is notified.
      </p>
      <WordsField name="note" label="Note, for the audit log" lengthMax={1000} />
    </ActDialog>
  );
}

function Choice({ name, label, choices }: { name: string; label: string; choices: Record<string, string> }) {
  return (
    <label>
      {label}
      <select name={name}>
        {Object.entries(choices).map(([value, text]) => (
          <option key={value} value={value}>
            {text}
          </option>
        ))}
      </select>
    </label>
  );
}
