import { Link } from 'wouter-preact';
import type { PolicyLine } from '../../../../sdk/contracts/operator-policies.ts';
import { client } from '../shell/client.ts';
import { formatTime } from '../ui/format.ts';
import { namePlaces } from '../ui/outcome.tsx';
import { Loaded } from '../ui/states.tsx';
import { Table } from '../ui/table.tsx';
import { useLoad } from '../ui/use-load.ts';
import { Words } from '../ui/texts.tsx';

/** The documents that decide: versions, states, where each is active. */
export default function Policies() {
  const policies = useLoad(() => client.policies.list(), []);
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
          <Table
            caption="Policies, newest first"
            columns={COLUMNS}
            rows={items}
            keyOf={({ version }) => version}
          />
        )}
      </Loaded>
    </section>
  );
}

const COLUMNS = [
  {
    title: 'Version',
    cell: ({ version }: PolicyLine) => <Link href={`/policies/${version}`}>{version}</Link>,
  },
  { title: 'State', cell: ({ state }: PolicyLine) => <span class={`tag ${state}`}>{state}</span> },
  { title: 'Active for', cell: ({ active }: PolicyLine) => namePlaces(active) || '–' },
  { title: 'Since', cell: ({ since }: PolicyLine) => <time dateTime={since}>{formatTime(since)}</time> },
  { title: 'By', cell: ({ by }: PolicyLine) => by },
  { title: 'Title', cell: ({ title }: PolicyLine) => <Words of={title} /> },
];
