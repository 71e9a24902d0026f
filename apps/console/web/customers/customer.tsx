import { Link } from 'wouter-preact';
import type { Consent } from '../../../../sdk/contracts/consent.ts';
import type { CustomerFacts } from '../../../../sdk/contracts/operator-customers.ts';
import type { Parameters } from '../page.ts';
import { client } from '../shell/client.ts';
import { hasRole } from '../shell/session.ts';
import { formatMoney, formatTime } from '../ui/format.ts';
import { effectOf, namePlaces } from '../ui/outcome.tsx';
import { Loaded } from '../ui/states.tsx';
import { Table } from '../ui/table.tsx';
import { useLoad } from '../ui/use-load.ts';
import { Days } from './days.tsx';
import { Decisions, LISTED_MAX, Offers } from './lists.tsx';
import { Timeline } from './timeline.tsx';
import { Id, Words } from '../ui/texts.tsx';

/** Roles that need feelings and amounts: they decide reviews, or explain decisions. */
const DAYS_ROLES = ['operator', 'risk'] as const;

/** One customer: consents, exposure, days, decisions, offers, timeline. */
export default function Customer({ id = '' }: Parameters) {
  const customer = useLoad(() => client.customers.get(id, { limit: LISTED_MAX }), [id]);
  return (
    <section>
      <p>
        <Link href="/customers">Customers</Link>
      </p>
      <h1>
        Customer <Id of={id} />
      </h1>
      <Loaded of={customer} what="the customer">
        {(value) => (
          <>
            <Facts customer={value} />
            <h2>Consents</h2>
            <Consents consents={value.consents} />
            <h2>Emotions and spending</h2>
            {hasRole(DAYS_ROLES) ? (
              <Days id={id} />
            ) : (
              <p class="empty">Feelings and amounts are for the roles {DAYS_ROLES.join(' and ')}.</p>
            )}
            <h2>Decisions</h2>
            <Decisions decisions={value.decisions} />
            <h2>Offers and limits</h2>
            <Offers offers={value.limits} />
            <h2>Timeline</h2>
            <Timeline id={id} />
          </>
        )}
      </Loaded>
    </section>
  );
}

function Facts({ customer }: { customer: CustomerFacts }) {
  const { id, email, created_at: since, jurisdiction, locale, exposure, policy } = customer;
  return (
    <dl class="facts">
      <dt>E-mail</dt>
      <dd>
        <Words of={email} />
      </dd>
      <dt>Id</dt>
      <dd>
        <code>{id}</code>
      </dd>
      <dt>Registered</dt>
      <dd>{formatTime(since)}</dd>
      <dt>Jurisdiction</dt>
      <dd>{jurisdiction ?? 'not said'}</dd>
      <dt>Language</dt>
      <dd>{locale}</dd>
      <dt>Exposure</dt>
      <dd>
        {formatMoney(exposure)}
        {policy && ` of at most ${formatMoney(policy.exposure_max)} `}
        {policy && (
          <meter aria-label="Share of the highest exposure" max={policy.exposure_max} value={exposure} />
        )}
      </dd>
      <dt>Policy in force</dt>
      <dd>
        {policy
          ? `${policy.version}, for ${namePlaces([policy.active_for])}; ` +
            `emotions ${effectOf(policy.emotion_effect)}`
          : 'none is active'}
      </dd>
    </dl>
  );
}

const PURPOSES: [Consent['purpose'], string][] = [
  ['emotion_capture', 'Emotion events are stored'],
  ['emotion_scoring', 'Emotions may count in decisions'],
  ['offers', 'Is analyzed and made offers'],
];

function Consents({ consents }: { consents: readonly Consent[] }) {
  const rows = PURPOSES.map(([purpose, text]) => ({
    purpose,
    text,
    consent: consents.find((consent) => consent.purpose === purpose),
  }));
  type Row = (typeof rows)[number];
  const stateOf = ({ consent }: Row) =>
    consent === undefined ? 'not said' : consent.granted ? 'given' : 'withdrawn';
  return (
    <Table
      caption="What the customer has said"
      rows={rows}
      keyOf={({ purpose }) => purpose}
      columns={[
        { title: 'Purpose', cell: ({ text }: Row) => text },
        {
          title: 'State',
          cell: (row: Row) => (
            <span class={`tag ${row.consent ? (row.consent.granted ? 'good' : 'bad') : ''}`}>
              {stateOf(row)}
            </span>
          ),
        },
        {
          title: 'Since',
          cell: ({ consent }: Row) => {
            const at = consent?.withdrawn_at ?? consent?.given_at;
            return at ? formatTime(at) : '–';
          },
        },
        { title: 'Version of the text', cell: ({ consent }: Row) => consent?.text_version ?? '–' },
      ]}
    />
  );
}
