import { useEffect, useState } from 'preact/hooks';
import type { OpenedDecision, WhatIf as Answer } from '../../../../sdk/contracts/operator-what-if.ts';
import { client } from '../shell/client.ts';
import { labelOf, valueOf } from '../ui/features.ts';
import { formatNumber } from '../ui/format.ts';
import { effectOf, termsOf } from '../ui/outcome.tsx';
import { Loaded } from '../ui/states.tsx';
import { Table } from '../ui/table.tsx';
import { useLoad } from '../ui/use-load.ts';
import { Reasons, RecourseText } from './sides.tsx';

/** A slider asks once it rests. */
const RESTING_MS = 300;

type Feature = OpenedDecision['features'][number];

/** The decision with other values, or by another policy, beside the one that was made. */
export function WhatIf({ id, decision }: { id: string; decision: OpenedDecision }) {
  const [values, setValues] = useState<Record<string, number>>({});
  const [policy, setPolicy] = useState('');
  const supposed = useRested(JSON.stringify({ values, policy }));
  const answer = useLoad(() => {
    const { values: features, policy: version } = JSON.parse(supposed) as {
      values: Record<string, number>;
      policy: string;
    };
    return client.decisions.whatIf(id, { features, ...(version ? { policy_version: version } : {}) });
  }, [id, supposed]);
  const start = (decision.full ?? decision.twin).features;
  const current = answer.value?.changed ?? decision;
  return (
    <>
      <p class="lead">Asks the model and the policy; nothing is stored, and no customer is told.</p>
      <PolicyChoice decided={decision.policy_version} chosen={policy} onChoose={setPolicy} />
      <div class="sliders">
        {decision.features
          .filter(({ is_emotional: isEmotional }) => !isEmotional || current.effect !== 'off')
          .map((feature) => (
            <Slider
              key={feature.name}
              feature={feature}
              start={start[feature.name] ?? 0}
              value={values[feature.name]}
              onChange={(value) => setValues({ ...values, [feature.name]: value })}
            />
          ))}
      </div>
      {current.effect === 'off' && (
        <p class="hint">Emotions are off for this decision: no slider moves them.</p>
      )}
      <div class="buttons">
        <button
          type="button"
          onClick={() => {
            setValues({});
            setPolicy('');
          }}
        >
          Back to the decision
        </button>
      </div>
      <Loaded of={answer} what="the supposed decision">
        {(value) => <Compared answer={value} />}
      </Loaded>
    </>
  );
}

function PolicyChoice(props: { decided: string; chosen: string; onChoose(version: string): void }) {
  const { decided, chosen, onChoose } = props;
  const policies = useLoad(() => client.policies.list(), []);
  return (
    <label>
      Policy{' '}
      <select value={chosen} onChange={(event) => onChoose(event.currentTarget.value)}>
        <option value="">{decided}, which decided</option>
        {(policies.value?.items ?? [])
          .filter(({ version }) => version !== decided)
          .map(({ version, state }) => (
            <option key={version} value={version}>
              {version} ({state})
            </option>
          ))}
      </select>
    </label>
  );
}

function Slider(props: {
  feature: Feature;
  start: number;
  value: number | undefined;
  onChange(value: number): void;
}) {
  const { feature, start, value, onChange } = props;
  const { name, min, max, step } = feature;
  const shown = value ?? start;
  return (
    <label>
      {labelOf(name)}
      <input
        type="range"
        min={Math.min(min, start)}
        max={Math.max(max, start)}
        step={value === undefined ? 'any' : step}
        value={shown}
        aria-valuetext={valueOf(name, shown)}
        onInput={(event) => onChange(toStep(Number(event.currentTarget.value), feature))}
      />
      <output class={value === undefined || value === start ? undefined : 'changed'}>
        {valueOf(name, shown)}
        {shown !== start && ` (was ${valueOf(name, start)})`}
      </output>
    </label>
  );
}

/** In whole steps, without the errors of their sum. */
function toStep(value: number, { step, min }: Feature): number {
  return Number((min + Math.round((value - min) / step) * step).toFixed(6));
}

function Compared({ answer: { original, changed } }: { answer: Answer }) {
  const rows = [
    row('Outcome', original, changed, ({ approved }) => (approved ? 'approved' : 'denied')),
    row('Terms', original, changed, ({ terms }) => termsOf(terms)),
    row('Policy', original, changed, ({ policy_version: version }) => version),
    row('Emotions', original, changed, ({ effect }) => effectOf(effect)),
    row('Risk without emotions (0 to 1)', original, changed, ({ twin }) => formatNumber(twin.risk_score, 3)),
    row('Risk with emotions (0 to 1)', original, changed, ({ full }) =>
      full ? formatNumber(full.risk_score, 3) : '–',
    ),
    row('Model', original, changed, ({ twin }) => twin.model_version),
    row('What counts', original, changed, ({ basis }) =>
      basis === 'full' ? 'the customer with emotions' : 'the customer without emotions',
    ),
  ];
  return (
    <>
      <p role="status">
        {rows.every(({ before, after }) => before === after)
          ? 'The decision would be the same.'
          : `It would be ${changed.approved ? 'approved' : 'denied'}: ${termsOf(changed.terms)}.`}
      </p>
      <Table
        caption="The decision and the supposed one"
        rows={rows}
        keyOf={({ name }) => name}
        columns={[
          { title: 'Figure', cell: ({ name }: Compare) => name },
          { title: 'As decided', cell: ({ before }: Compare) => before },
          {
            title: 'Supposed',
            cell: ({ before, after }: Compare) => (before === after ? after : <strong>{after}</strong>),
          },
        ]}
      />
      <h3>Supposed reasons</h3>
      <Reasons decision={changed} />
      <h3>What would then lead to an approval</h3>
      <RecourseText decision={changed} />
    </>
  );
}

interface Compare {
  name: string;
  before: string;
  after: string;
}

const row = (
  name: string,
  original: OpenedDecision,
  changed: OpenedDecision,
  textOf: (decision: OpenedDecision) => string,
): Compare => ({ name, before: textOf(original), after: textOf(changed) });

function useRested(value: string): string {
  const [rested, setRested] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => setRested(value), RESTING_MS);
    return () => clearTimeout(timer);
  }, [value]);
  return rested;
}
