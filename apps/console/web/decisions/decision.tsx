import { useState } from 'preact/hooks';
import { Link } from 'wouter-preact';
import type { RecordedDecision } from '../../../../sdk/contracts/operator-decisions.ts';
import type { DecisionExplanation, DecisionReplay } from '../../../../sdk/contracts/operator-what-if.ts';
import type { Parameters } from '../page.ts';
import { client } from '../shell/client.ts';
import { formatTime } from '../ui/format.ts';
import { effectOf, Outcome, termsOf } from '../ui/outcome.tsx';
import { Loaded } from '../ui/states.tsx';
import { useLoad } from '../ui/use-load.ts';
import './decisions.css';
import { RulePath } from './rule-path.tsx';
import { Reasons, RecourseText, Twins } from './sides.tsx';
import { WhatIf } from './what-if.tsx';
import { Id, Preformatted, Words } from '../ui/texts.tsx';

/** One decision, explained. */
export default function Decision({ id = '' }: Parameters) {
  const stored = useLoad(() => client.decisions.get(id), [id]);
  return (
    <section>
      <p>
        <Link href="/decisions">Decisions</Link>
      </p>
      <h1>
        Decision <Id of={id} />
      </h1>
      <Loaded of={stored} what="the decision">
        {(value) => (
          <>
            <Explained decision={value} />
            <h2>Record</h2>
            <RecordFacts decision={value} />
            <Replay id={id} />
          </>
        )}
      </Loaded>
    </section>
  );
}

function Explained({ decision }: { decision: RecordedDecision }) {
  const { analysis_id: id } = decision;
  const explanation = useLoad(() => client.decisions.explain(id), [id]);
  if ((explanation.error as { code?: string } | undefined)?.code === 'decision_not_replayable') {
    return (
      <p class="empty">
        <Outcome approved={decision.approved} /> It has no record to be explained by: it was decided before
        records were kept, or its customer was erased.
      </p>
    );
  }
  return (
    <Loaded of={explanation} what="the explanation">
      {(value) => (
        <>
          <Summary explanation={value} userId={decision.user_id} />
          <h2>Why</h2>
          <Reasons decision={value.decision} />
          <h2>What would have led to an approval</h2>
          <RecourseText decision={value.decision} />
          <h2>Facts</h2>
          <Twins decision={value.decision} />
          <h2>The way through the policy</h2>
          <RulePath decision={value.decision} />
          {/* A supposed decision on paper could be taken for the decision. */}
          <div class="unprinted">
            <h2>What if</h2>
            <WhatIf id={id} decision={value.decision} />
          </div>
          <h2>As a text</h2>
          <details>
            <summary>The whole decision as a text</summary>
            <Preformatted of={value.text.join('\n')} />
          </details>
        </>
      )}
    </Loaded>
  );
}

function Summary({ explanation, userId }: { explanation: DecisionExplanation; userId: string | null }) {
  const { decision, decided_at: at, jurisdiction } = explanation;
  return (
    <dl class="facts">
      <dt>Outcome</dt>
      <dd>
        <Outcome approved={decision.approved} /> {termsOf(decision.terms)}
      </dd>
      <dt>Decided</dt>
      <dd>
        <time dateTime={at}>{formatTime(at)}</time>
      </dd>
      <dt>Customer</dt>
      <dd>
        {userId ? <Link href={`/customers/${userId}`}>{userId}</Link> : 'erased'}, jurisdiction {jurisdiction}
      </dd>
      <dt>Policy</dt>
      <dd>
        <Link href={`/policies/${decision.policy_version}`}>{decision.policy_version}</Link>:{' '}
        <Words of={decision.policy_title} />
      </dd>
      <dt>Emotions</dt>
      <dd>
        {effectOf(decision.effect)} (by {CAUSES[decision.effect_because] ?? decision.effect_because})
      </dd>
    </dl>
  );
}

const CAUSES: Record<string, string> = {
  law: 'law: Directive (EU) 2023/2225',
  policy_for_jurisdiction: 'the policy for this jurisdiction',
  jurisdiction_unknown: 'the unknown jurisdiction',
  policy_default: "the policy's default",
  consent: 'a consent that is missing or withdrawn',
};

function RecordFacts({ decision }: { decision: RecordedDecision }) {
  const { record_hash: hash, chain, record, model_version: model } = decision;
  return (
    <>
      <dl class="facts">
        <dt>Analysis</dt>
        <dd>
          <code>{decision.analysis_id}</code>
        </dd>
        <dt>Model</dt>
        <dd>{model}</dd>
        <dt>Hash of the record</dt>
        <dd>{hash ?? 'none'}</dd>
        <dt>Place in the chain</dt>
        <dd>{chain ? `${chain.position}, link ${chain.link}` : 'waits for its link'}</dd>
      </dl>
      {record !== null && (
        <details>
          <summary>The record as JSON</summary>
          <Preformatted of={JSON.stringify(record, null, 2)} />
        </details>
      )}
    </>
  );
}

/** Decides again from the record, on demand. */
function Replay({ id }: { id: string }) {
  const [asked, setAsked] = useState(0);
  return (
    <>
      <div class="buttons">
        <button type="button" onClick={() => setAsked(asked + 1)}>
          Decide again from the record
        </button>
      </div>
      {asked > 0 && <ReplayResult key={asked} id={id} />}
    </>
  );
}

function ReplayResult({ id }: { id: string }) {
  const replay = useLoad(() => client.decisions.replay(id), [id]);
  return (
    <Loaded of={replay} what="the replay">
      {(value) => <Verdict replay={value} />}
    </Loaded>
  );
}

function Verdict({ replay: { differences, gap, chain } }: { replay: DecisionReplay }) {
  const isBroken = differences.length > 0 || chain?.fits === false;
  return (
    <div class={`verdict ${isBroken ? 'bad' : 'good'}`} role="status">
      <h3>{isBroken ? 'It differs' : gap ? GAPS[gap] : 'The same decision'}</h3>
      <ul>
        {differences.map(({ path, stored, computed }) => (
          <li key={path}>
            <code>{path}</code>: stored {JSON.stringify(stored)}, made again {JSON.stringify(computed)}
          </li>
        ))}
        <li>
          {chain === null
            ? 'It waits for its link of the chain.'
            : chain.fits
              ? `Its hash is at place ${chain.position} of the chain, and the link fits the one before.`
              : `Its link at place ${chain.position} of the chain does not fit.`}
        </li>
      </ul>
    </div>
  );
}

const GAPS = {
  no_record: 'It was decided before records were kept: nothing can be made again',
  newer_release: 'A newer release of this system decided it: decide it again with that one',
  erased: 'Its customer was erased: what is left has the hash of the chain',
};
