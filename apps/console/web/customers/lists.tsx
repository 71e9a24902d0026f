import { Link } from 'wouter-preact';
import type { DecisionLine, LimitLine } from '../../../../sdk/contracts/operator-customers.ts';
import { formatMoney, formatNumber, formatTime } from '../ui/format.ts';
import { Outcome, wordsOf } from '../ui/outcome.tsx';
import { Table } from '../ui/table.tsx';
import { Id } from '../ui/texts.tsx';

/** Of each list: the API gives no more. */
export const LISTED_MAX = 100;

const captionOf = (name: string, items: readonly unknown[], others = '') =>
  items.length < LISTED_MAX
    ? `${name}, the newest first`
    : `${name}: the newest ${LISTED_MAX}, the newest first${others}`;

/** The newest decisions about a customer. */
export function Decisions({ decisions }: { decisions: readonly DecisionLine[] }) {
  if (decisions.length === 0) return <p class="empty">There is no decision about this customer.</p>;
  return (
    <Table
      caption={captionOf('Decisions', decisions, '; the page Decisions has all, by the id of the customer')}
      rows={decisions}
      keyOf={({ analysis_id: id }) => id}
      columns={[
        {
          title: 'Decision',
          cell: ({ analysis_id: id }: DecisionLine) => (
            <Link href={`/decisions/${id}`}>
              <Id of={id} />
            </Link>
          ),
        },
        { title: 'Decided', cell: ({ created_at: at }: DecisionLine) => formatTime(at) },
        {
          title: 'Outcome',
          cell: ({ approved }: DecisionLine) => <Outcome approved={approved} />,
        },
        {
          title: 'Risk score (0 to 1)',
          isNumber: true,
          cell: ({ risk_score: score }: DecisionLine) => formatNumber(score, 3),
        },
        {
          title: 'Limit',
          isNumber: true,
          cell: ({ credit_limit: limit }: DecisionLine) => (limit === null ? '–' : formatMoney(limit)),
        },
        { title: 'Reasons', cell: ({ reasons }: DecisionLine) => reasons.map(wordsOf).join(', ') || '–' },
        { title: 'Emotions', cell: ({ emotion_effect: effect }: DecisionLine) => wordsOf(effect ?? '–') },
        { title: 'Policy', cell: ({ policy_version: version }: DecisionLine) => version },
      ]}
    />
  );
}

/** The newest offers of a customer, with the limits that became of them. */
export function Offers({ offers }: { offers: readonly LimitLine[] }) {
  if (offers.length === 0) return <p class="empty">No offer was made to this customer.</p>;
  const timeOf = (at: string | null) => (at === null ? '–' : formatTime(at));
  return (
    <Table
      caption={captionOf('Offers', offers)}
      rows={offers}
      keyOf={({ offer_id: id }) => id}
      columns={[
        { title: 'Offer', cell: ({ offer_id: id }: LimitLine) => <Id of={id} /> },
        {
          title: 'State',
          cell: ({ status }: LimitLine) => <span class={`tag ${status}`}>{status}</span>,
        },
        { title: 'Limit', isNumber: true, cell: ({ credit_limit: limit }: LimitLine) => formatMoney(limit) },
        {
          title: 'Rate (% a year)',
          isNumber: true,
          cell: ({ interest_rate: rate }: LimitLine) => formatNumber(rate, 2),
        },
        { title: 'Active since', cell: ({ activated_at: at }: LimitLine) => timeOf(at) },
        {
          title: 'Closed',
          cell: ({ closed_at: at, closed_reason: reason }: LimitLine) =>
            at === null ? '–' : `${formatTime(at)}: ${reason ?? 'no reason'}`,
        },
      ]}
    />
  );
}
