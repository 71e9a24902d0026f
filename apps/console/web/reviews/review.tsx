import { useState } from 'preact/hooks';
import { Link } from 'wouter-preact';
import type { DecisionReason, Recourse } from '../../../../sdk/contracts/decision.ts';
import type { OperatorReview } from '../../../../sdk/contracts/operator-reviews.ts';
import type { Parameters } from '../page.ts';
import { client } from '../shell/client.ts';
import { hasRole, isOwnName } from '../shell/session.ts';
import { labelOf, valueOf } from '../ui/features.ts';
import { formatMoney, formatNumber, formatTime } from '../ui/format.ts';
import { ENOUGH, termsOf } from '../ui/outcome.tsx';
import { Loaded } from '../ui/states.tsx';
import { Table } from '../ui/table.tsx';
import { useLoad } from '../ui/use-load.ts';
import { ApproveDialog, OverrideDialog, reasonOf, UpholdDialog } from './decide.tsx';
import { Id, Words } from '../ui/texts.tsx';

/** A review: the customer's statement, the denial it is of, and the operator's decision. */
export default function Review({ id = '' }: Parameters) {
  const review = useLoad(() => client.reviews.get(id), [id]);
  return (
    <section>
      <p>
        <Link href="/reviews">Reviews</Link>
      </p>
      <h1>
        Review <Id of={id} />
      </h1>
      <Loaded of={review} what="the review">
        {(value) => (
          <>
            <Facts review={value} />
            <Denial review={value} />
            <Decide review={value} onDecided={review.reload} />
          </>
        )}
      </Loaded>
    </section>
  );
}

function Facts({ review }: { review: OperatorReview }) {
  const { terms } = review;
  return (
    <dl class="facts">
      <dt>State</dt>
      <dd>
        <span class={`tag ${review.state}`}>{review.state}</span>
      </dd>
      <dt>Id</dt>
      <dd>
        <code>{review.review_id}</code>
      </dd>
      <dt>Asked for</dt>
      <dd>{formatTime(review.requested_at)}</dd>
      <dt>Customer</dt>
      <dd>
        <Link href={`/customers/${review.user_id}`}>
          <code>{review.user_id}</code>
        </Link>
      </dd>
      <dt>Statement</dt>
      <dd>{review.statement === null ? 'none' : <Words of={review.statement} />}</dd>
      <dt>Limits now</dt>
      <dd>{formatMoney(review.exposure)}</dd>
      {terms && (
        <>
          <dt>Terms</dt>
          <dd>{termsOf(terms)}</dd>
        </>
      )}
      {review.proposed_by && (
        <>
          <dt>Proposed by</dt>
          <dd>{review.proposed_by}</dd>
        </>
      )}
      {review.decided_by && (
        <>
          <dt>Decided</dt>
          <dd>
            by {review.decided_by}, {review.decided_at ? formatTime(review.decided_at) : ''}
          </dd>
        </>
      )}
      {review.reason_code && (
        <>
          <dt>Reason</dt>
          <dd>
            {reasonOf(review.reason_code)}: <Words of={review.note} />
          </dd>
        </>
      )}
    </dl>
  );
}

function Denial({ review: { decision, analysis_id: analysisId } }: { review: OperatorReview }) {
  const reasons = decision.reasons as DecisionReason[];
  const features = Object.entries((decision.features ?? {}) as Record<string, number>);
  return (
    <>
      <h2>The denial</h2>
      <dl class="facts">
        <dt>Analysis</dt>
        <dd>
          <Link href={`/decisions/${analysisId}`}>
            <code>{analysisId}</code>
          </Link>
        </dd>
        <dt>Decided</dt>
        <dd>
          {formatTime(decision.created_at)} by policy {decision.policy_version}, jurisdiction{' '}
          {decision.jurisdiction ?? 'not recorded'}
        </dd>
        <dt>Risk score</dt>
        <dd>{formatNumber(decision.risk_score, 3)} (0 is no risk, 1 is certain default)</dd>
      </dl>
      <Table
        caption={`Reasons, the main one first. ${ENOUGH}`}
        rows={reasons}
        keyOf={({ code }) => code}
        columns={[
          { title: 'Reason', cell: ({ message }) => message },
          {
            title: 'Value',
            cell: ({ feature, value }) =>
              feature !== null && value !== null ? valueOf(feature, value) : '–',
          },
          {
            title: 'Enough by itself',
            cell: ({ feature, sufficient_value: value }) =>
              feature !== null && value !== null ? valueOf(feature, value) : '–',
          },
        ]}
      />
      <Changes recourse={(decision.recourse ?? []) as Recourse[]} />
      <h3>What was known</h3>
      <dl class="facts">
        {features.map(([name, value]) => (
          <>
            <dt>{labelOf(name)}</dt>
            <dd>{valueOf(name, value)}</dd>
          </>
        ))}
      </dl>
    </>
  );
}

function Changes({ recourse }: { recourse: Recourse[] }) {
  return (
    <>
      <h3>What would have changed it</h3>
      {recourse.length === 0 ? (
        <p>No change is known that the policy would approve.</p>
      ) : (
        <ul>
          {recourse.map(({ feature, from, to }) => (
            <li key={feature}>
              {labelOf(feature)}: {valueOf(feature, to)} instead of {valueOf(feature, from)}
            </li>
          ))}
        </ul>
      )}
    </>
  );
}

type Act = 'uphold' | 'override' | 'approve';

function Decide({ review, onDecided }: { review: OperatorReview; onDecided: () => void }) {
  const [dialog, setDialog] = useState<Act | null>(null);
  const isOpen = hasRole(['operator']) && review.decided_by === null;
  const props = { review, onDecided, onClose: () => setDialog(null) };
  return (
    <div class="unprinted">
      {isOpen && <Acts review={review} onChoose={setDialog} />}
      {/* Once open it stays, with the words in it, whatever becomes of the review. */}
      {dialog === 'uphold' && <UpholdDialog {...props} />}
      {dialog === 'override' && <OverrideDialog {...props} />}
      {dialog === 'approve' && <ApproveDialog {...props} />}
    </div>
  );
}

function Acts({ review, onChoose }: { review: OperatorReview; onChoose(act: Act): void }) {
  const isOwnProposal = isOwnName(review.proposed_by);
  return (
    <>
      <h2>Decide</h2>
      <div class="buttons">
        <button type="button" onClick={() => onChoose('uphold')}>
          Uphold the denial
        </button>
        {review.state === 'requested' && (
          <button type="button" onClick={() => onChoose('override')}>
            Override it with an offer
          </button>
        )}
        {review.state === 'proposed' && (
          <button type="button" disabled={isOwnProposal} onClick={() => onChoose('approve')}>
            Approve the proposed offer
          </button>
        )}
      </div>
      {isOwnProposal && <p class="hint">The proposal is yours: another operator approves it.</p>}
    </>
  );
}
