import { useState } from 'preact/hooks';
import { Link } from 'wouter-preact';
import type { PolicyDifferences } from '../../../../sdk/contracts/operator-backtests.ts';
import type { PolicyDetails, PolicyLine, PolicyStep } from '../../../../sdk/contracts/operator-policies.ts';
import type { PolicyDocument } from '../../../../underwriting/policy/policy-document.ts';
import type { Parameters } from '../page.ts';
import { client } from '../shell/client.ts';
import { hasRole } from '../shell/session.ts';
import { ActorName } from '../ui/actor-name.tsx';
import { formatMoney, formatTime } from '../ui/format.ts';
import { effectOf, namePlaces, wordsOf } from '../ui/outcome.tsx';
import { Loaded } from '../ui/states.tsx';
import { Table } from '../ui/table.tsx';
import { useLoad } from '../ui/use-load.ts';
import { Backtest } from './backtest.tsx';
import { Steps } from './steps.tsx';
import { Words } from '../ui/texts.tsx';

/** One version of a policy: its rules, its story, its difference from another, a backtest. */
export default function Policy({ version = '' }: Parameters) {
  const policy = useLoad(async () => {
    const [details, { items: all }] = await Promise.all([
      client.policies.get(version),
      client.policies.list(),
    ]);
    return { details, all };
  }, [version]);
  return (
    <section>
      <p>
        <Link href="/policies">Policies</Link>
      </p>
      <h1>Policy {version}</h1>
      <Loaded of={policy} what="the policy">
        {({ details, all }) => (
          <>
            <Facts policy={details} />
            <Steps policy={details} all={all} onDone={policy.reload} />
            <Rules document={details.document as PolicyDocument} />
            <h2>Difference from another version</h2>
            <Differences version={version} all={all} />
            {hasRole(['risk', 'approver']) && (
              <>
                <h2>Backtest</h2>
                <Backtest version={version} onKept={policy.reload} />
              </>
            )}
            <h2>History</h2>
            <Table
              caption="Steps of this version, oldest first"
              rows={details.steps}
              keyOf={({ at, act, jurisdiction }) => `${at} ${act} ${jurisdiction}`}
              columns={STEPS}
            />
          </>
        )}
      </Loaded>
    </section>
  );
}

function Facts({ policy }: { policy: PolicyDetails }) {
  const { emotion_effect: effect, ...document } = policy.document as PolicyDocument;
  const places = Object.entries(effect.by_jurisdiction).map(([place, name]) => `${place} ${effectOf(name)}`);
  return (
    <dl class="facts">
      <dt>Title</dt>
      <dd>
        <Words of={policy.title} />
      </dd>
      <dt>State</dt>
      <dd>
        <span class={`tag ${policy.state}`}>{policy.state}</span>{' '}
        {policy.active.length > 0 && `for ${namePlaces(policy.active)}`}
      </dd>
      <dt>Since</dt>
      <dd>
        {formatTime(policy.since)} by {policy.by}
      </dd>
      <dt>For</dt>
      <dd>{namePlaces(document.jurisdictions)}</dd>
      <dt>Emotions</dt>
      <dd>{[effectOf(effect.default), 'EU and EEA off, by law', ...places].join('; ')}</dd>
      <dt>Limits</dt>
      <dd>
        from {formatMoney(document.credit_limit_min)} to {formatMoney(document.exposure_max)} a customer
      </dd>
      <dt>Hash</dt>
      <dd>{policy.hash}</dd>
    </dl>
  );
}

function Rules({ document: { rules, terms } }: { document: PolicyDocument }) {
  return (
    <>
      <h2>Denied when</h2>
      <Table
        caption="Each rule denies by itself"
        rows={rules}
        keyOf={({ code, deny_when: text }) => `${code} ${text}`}
        columns={[
          { title: 'Reason', cell: ({ code }) => wordsOf(code) },
          { title: 'When', cell: ({ deny_when: text }) => <code>{text}</code> },
        ]}
      />
      <h2>Terms</h2>
      <Table
        caption="By the risk, from 0 to 1"
        rows={terms}
        keyOf={({ score_max: max }) => String(max)}
        columns={[
          { title: 'Risk up to', isNumber: true, cell: ({ score_max: max }) => String(max) },
          { title: 'Limit', cell: ({ credit_limit: limit }) => <code>{limit}</code> },
          { title: 'Rate, % a year', cell: ({ interest_rate: rate }) => <code>{rate}</code> },
          { title: 'Type', cell: ({ credit_type: type }) => wordsOf(type.toLowerCase()) },
        ]}
      />
    </>
  );
}

function Differences({ version, all }: { version: string; all: readonly PolicyLine[] }) {
  const [from, setFrom] = useState('');
  const others = all.filter((other) => other.version !== version);
  return (
    <>
      <div class="filters">
        <label>
          Compared with
          <select value={from} onChange={(event) => setFrom(event.currentTarget.value)}>
            <option value="">Choose a version</option>
            {others.map((other) => (
              <option key={other.version} value={other.version}>
                {other.version} ({other.state})
              </option>
            ))}
          </select>
        </label>
      </div>
      {from && <Compared from={from} to={version} />}
    </>
  );
}

function Compared({ from, to }: { from: string; to: string }) {
  const differences = useLoad(() => client.policies.differences(from, to), [from, to]);
  return (
    <Loaded
      of={differences}
      what="the differences"
      isEmpty={({ differences: places }) => places.length === 0}
      empty="They differ nowhere."
    >
      {({ differences: places }) => (
        <Table
          caption={`From ${from} to ${to}`}
          rows={places}
          keyOf={({ place }) => place}
          columns={[
            { title: 'Place', cell: ({ place }: Place) => <code>{place}</code> },
            { title: from, cell: ({ before }: Place) => <Words of={shown(before)} /> },
            {
              title: `${to} `,
              cell: ({ after }: Place) => (
                <strong>
                  <Words of={shown(after)} />
                </strong>
              ),
            },
          ]}
        />
      )}
    </Loaded>
  );
}

type Place = PolicyDifferences['differences'][number];

const shown = (value: unknown): string =>
  value === undefined ? 'not there' : typeof value === 'string' ? value : JSON.stringify(value);

const STEPS = [
  { title: 'Time', cell: ({ at }: PolicyStep) => <time dateTime={at}>{formatTime(at)}</time> },
  { title: 'Step', cell: ({ act }: PolicyStep) => act },
  { title: 'By', cell: ({ actor }: PolicyStep) => <ActorName name={actor} /> },
  {
    title: 'For',
    cell: ({ jurisdiction: place }: PolicyStep) => (place === null ? '–' : namePlaces([place])),
  },
  { title: 'Why', cell: ({ note }: PolicyStep) => <Words of={note} /> },
];
