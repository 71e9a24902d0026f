import { Link } from 'wouter-preact';
import type { AuditAct, AuditQuery } from '../../../../sdk/contracts/operator-audit.ts';
import { client } from '../shell/client.ts';
import { ActorName } from '../ui/actor-name.tsx';
import { textOf } from '../ui/dialog.tsx';
import { formatTime } from '../ui/format.ts';
import { Pager, usePages } from '../ui/pager.tsx';
import { Loaded } from '../ui/states.tsx';
import { Table } from '../ui/table.tsx';
import { useKept } from '../ui/use-kept.ts';
import { useLoad } from '../ui/use-load.ts';
import { Verification } from './verification.tsx';
import { Words } from '../ui/texts.tsx';

type Filter = Pick<AuditQuery, 'actor' | 'act' | 'subject'>;

/** Acts on record, newest first, and the verification of the chains that they are in. */
export default function Acts() {
  const [filter, setFilter] = useKept<Filter>('filter', {});
  const pages = usePages();
  const { cursor } = pages;
  const page = useLoad(
    () => client.audit.list({ ...filter, page_size: 50, ...(cursor ? { cursor } : {}) }),
    [filter, cursor],
  );
  const search = (event: SubmitEvent) => {
    event.preventDefault();
    const fields = new FormData(event.currentTarget as HTMLFormElement);
    const named = (['actor', 'act', 'subject'] as const).map((name) => [name, textOf(fields, name)]);
    setFilter(Object.fromEntries(named.filter(([, text]) => text !== '')));
    pages.restart();
  };
  return (
    <section>
      <h1>Audit</h1>
      <p class="lead">Acts of operators, customers and the system. To look at them is an act as well.</p>
      <Verification />
      <h2>Acts</h2>
      <form class="filters" onSubmit={search}>
        <label>
          Actor
          <input name="actor" defaultValue={filter.actor} maxLength={200} placeholder="ada" />
        </label>
        <label>
          Act
          <input
            name="act"
            defaultValue={filter.act}
            maxLength={200}
            placeholder="policy.approve, or policy"
          />
        </label>
        <label>
          Id of its subject, or of its customer
          <input name="subject" defaultValue={filter.subject} maxLength={200} />
        </label>
        <button type="submit">Search</button>
      </form>
      <Loaded
        of={page}
        what="the acts"
        isEmpty={({ items }) => items.length === 0}
        empty="No act matches. Search with fewer fields, or by the first word of an act, as policy."
      >
        {({ items, next_cursor: next }) => (
          <>
            <Table caption="Newest first" columns={COLUMNS} rows={items} keyOf={({ id }) => id} />
            <Pager pages={pages} next={next} backLabel="Newer" onLabel="Older" />
          </>
        )}
      </Loaded>
    </section>
  );
}

const COLUMNS = [
  {
    title: 'Time',
    cell: ({ id, created_at: at }: AuditAct) => (
      <Link href={`/audit/${id}`}>
        <time dateTime={at}>{formatTime(at)}</time>
      </Link>
    ),
  },
  { title: 'Actor', cell: ({ actor, actor_kind: kind }: AuditAct) => <ActorName name={actor ?? kind} /> },
  { title: 'Act', cell: ({ act }: AuditAct) => act },
  {
    title: 'Subject',
    cell: ({ subject_kind: kind, subject_id: id }: AuditAct) => (id === null ? kind : `${kind} ${id}`),
  },
  { title: 'Reason', cell: ({ reason }: AuditAct) => <Words of={reason} /> },
];
