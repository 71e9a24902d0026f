import { Link } from 'wouter-preact';
import type { DeadLetterGroup } from '../../../../sdk/contracts/dead-letter-groups.ts';
import type { DroppedDeadLetter } from '../../../../sdk/contracts/operator-dead-letters.ts';
import { client } from '../shell/client.ts';
import { formatAge, formatNumber, formatTime } from '../ui/format.ts';
import { Pager, usePages } from '../ui/pager.tsx';
import { Loaded } from '../ui/states.tsx';
import { Table } from '../ui/table.tsx';
import { useLoad } from '../ui/use-load.ts';
import { Words } from '../ui/texts.tsx';

/** Dead letters by stream and cause, and those that were given up. */
export default function DeadLetterGroups() {
  const groups = useLoad(() => client.deadLetters.groups(), []);
  return (
    <section>
      <h1>Dead letters</h1>
      <p class="lead">
        Messages that could not be handled. They wait here until they are replayed or dropped.
      </p>
      <Loaded
        of={groups}
        what="the groups"
        isEmpty={({ items }) => items.length === 0}
        empty="There are no dead letters: every message was handled."
      >
        {({ items, is_complete: isComplete }) => (
          <>
            {!isComplete && <p class="hint">There are very many: only the oldest 50,000 are counted here.</p>}
            <Table
              caption="By stream and cause, the most first"
              columns={GROUP_COLUMNS}
              rows={items}
              keyOf={({ stream, code }) => `${stream} ${code}`}
            />
          </>
        )}
      </Loaded>
      <Dropped />
    </section>
  );
}

function Dropped() {
  const pages = usePages();
  const { cursor } = pages;
  const dropped = useLoad(
    () => client.deadLetters.dropped({ limit: 20, ...(cursor ? { cursor } : {}) }),
    [cursor],
  );
  return (
    <>
      <h2>Dropped</h2>
      <Loaded
        of={dropped}
        what="those that were dropped"
        isEmpty={({ items }) => items.length === 0}
        empty="None was dropped within a year."
      >
        {({ items, next_cursor: next }) => (
          <>
            <Table
              caption="Dropped within a year, the newest first"
              columns={DROP_COLUMNS}
              rows={items.toReversed()}
              keyOf={({ id, dropped_at: at }) => `${id} ${at}`}
            />
            <Pager pages={pages} next={next} backLabel="Newer" onLabel="Older" />
          </>
        )}
      </Loaded>
    </>
  );
}

const pathOfGroup = ({ stream, code }: Pick<DeadLetterGroup, 'stream' | 'code'>): string =>
  `/dead-letters/${encodeURIComponent(stream)}/${encodeURIComponent(code)}`;

const GROUP_COLUMNS = [
  {
    title: 'Cause',
    cell: (group: DeadLetterGroup) => <Link href={pathOfGroup(group)}>{group.code}</Link>,
  },
  { title: 'Stream', cell: ({ stream }: DeadLetterGroup) => stream },
  {
    title: 'Dead letters',
    isNumber: true,
    cell: ({ count }: DeadLetterGroup) => formatNumber(count),
  },
  {
    title: 'Size (bytes)',
    isNumber: true,
    cell: ({ bytes }: DeadLetterGroup) => formatNumber(bytes),
  },
  {
    title: 'Oldest',
    cell: ({ oldest_at: at }: DeadLetterGroup) => (
      <time dateTime={at}>
        {formatTime(at)} <span class="unit">({formatAge(at)} ago)</span>
      </time>
    ),
  },
  {
    title: 'Mostly',
    cell: ({ messages: [first] }: DeadLetterGroup) =>
      first ? (
        <>
          <Words of={first.message} /> ({formatNumber(first.count)})
        </>
      ) : (
        '–'
      ),
  },
];

const DROP_COLUMNS = [
  {
    title: 'Dropped',
    cell: ({ dropped_at: at }: DroppedDeadLetter) => <time dateTime={at}>{formatTime(at)}</time>,
  },
  { title: 'By', cell: ({ by }: DroppedDeadLetter) => by },
  { title: 'Reason', cell: ({ reason }: DroppedDeadLetter) => <Words of={reason} /> },
  { title: 'Stream', cell: ({ stream }: DroppedDeadLetter) => stream },
  { title: 'Cause', cell: ({ code }: DroppedDeadLetter) => code },
];
