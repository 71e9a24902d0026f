import { useState } from 'preact/hooks';
import { Link } from 'wouter-preact';
import type { PolicyLine } from '../../../../sdk/contracts/operator-policies.ts';
import { client } from '../shell/client.ts';
import { hasRole } from '../shell/session.ts';
import { ActDialog, textOf, WordsField } from '../ui/dialog.tsx';
import { formatTime } from '../ui/format.ts';
import { Loaded } from '../ui/states.tsx';
import { Table } from '../ui/table.tsx';
import { useLoad } from '../ui/use-load.ts';

/** The documents that decide: versions, states, where each is active. */
export default function Policies() {
  const policies = useLoad(() => client.policies.list(), []);
  const [isAsked, setIsAsked] = useState(false);
  return (
    <section>
      <h1>Policies</h1>
      <p class="lead">
        A policy goes draft, tested, proposed, approved, active, retired. A version never changes. Times are
        in UTC.
      </p>
      <Loaded
        of={policies}
        what="the policies"
        isEmpty={({ items }) => items.length === 0}
        empty="No policy is stored yet: the credit service adds those that ship."
      >
        {({ items }) => (
          <>
            <Table
              caption="Policies, newest first"
              columns={COLUMNS}
              rows={items}
              keyOf={({ version }) => version}
            />
            {hasRole(['approver']) && (
              <div class="buttons">
                <button type="button" onClick={() => setIsAsked(true)}>
                  Roll back the last activation
                </button>
              </div>
            )}
          </>
        )}
      </Loaded>
      {isAsked && (
        <ActDialog
          title="Go back to the policies before"
          act="Roll back"
          onAct={async (fields) => {
            await client.policies.rollBack({ note: textOf(fields, 'note') });
            policies.reload();
          }}
          onClose={() => setIsAsked(false)}
        >
          <p>
            Decisions are made by the policies that were active before the last activation, on every replica
            within a second. Decisions that were made stay as they are.
          </p>
          <WordsField name="note" label="Why" lengthMax={1000} />
        </ActDialog>
      )}
    </section>
  );
}

const COLUMNS = [
  {
    title: 'Version',
    cell: ({ version }: PolicyLine) => <Link href={`/policies/${version}`}>{version}</Link>,
  },
  { title: 'State', cell: ({ state }: PolicyLine) => <span class={`tag ${state}`}>{state}</span> },
  { title: 'Active for', cell: ({ active }: PolicyLine) => placesOf(active) },
  { title: 'Since', cell: ({ since }: PolicyLine) => <time dateTime={since}>{formatTime(since)}</time> },
  { title: 'By', cell: ({ by }: PolicyLine) => by },
  { title: 'Title', cell: ({ title }: PolicyLine) => title },
];

const placesOf = (active: readonly string[]) =>
  active.map((place) => (place === '*' ? 'every other place' : place)).join(', ') || '–';
