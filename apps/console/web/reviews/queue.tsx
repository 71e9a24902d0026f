import { Link } from 'wouter-preact';
import type { ReviewLine, ReviewsQuery } from '../../../../sdk/contracts/operator-reviews.ts';
import { client } from '../shell/client.ts';
import { ActorName } from '../ui/actor-name.tsx';
import { formatAge, formatTime } from '../ui/format.ts';
import { Pager, usePages } from '../ui/pager.tsx';
import { Loaded } from '../ui/states.tsx';
import { Table } from '../ui/table.tsx';
import { useKept } from '../ui/use-kept.ts';
import { useLoad } from '../ui/use-load.ts';
import { Id } from '../ui/texts.tsx';

const STATES = { open: 'Open', decided: 'Decided', all: 'All' } as const;
const EMPTY = {
  open: 'No review is open: nothing waits for a decision. A denied customer may ask for one.',
  decided: 'No review was decided yet.',
  all: 'No customer has asked for a review yet.',
} as const;
type State = NonNullable<ReviewsQuery['state']>;

/** The queue of reviews, the oldest first. */
export default function ReviewQueue() {
  const [state, setState] = useKept<State>('state', 'open');
  const pages = usePages();
  const { cursor } = pages;
  const page = useLoad(
    () => client.reviews.list({ state, page_size: 20, ...(cursor ? { cursor } : {}) }),
    [state, cursor],
  );
  const show = (next: State) => {
    setState(next);
    pages.restart();
  };
  return (
    <section>
      <h1>Reviews</h1>
      <p class="lead">Denials that customers want a person to look at, the oldest first.</p>
      <fieldset class="choice">
        <legend>State</legend>
        {Object.entries(STATES).map(([value, label]) => (
          <label key={value}>
            <input
              type="radio"
              name="state"
              checked={state === value}
              onChange={() => show(value as State)}
            />
            {label}
          </label>
        ))}
      </fieldset>
      <Loaded of={page} what="the queue" isEmpty={({ items }) => items.length === 0} empty={EMPTY[state]}>
        {({ items, next_cursor: next }) => (
          <>
            <Table
              caption={`Reviews: ${STATES[state].toLowerCase()}`}
              columns={COLUMNS}
              rows={items}
              keyOf={keyOf}
            />
            <Pager pages={pages} next={next} backLabel="Earlier" onLabel="Later" />
          </>
        )}
      </Loaded>
    </section>
  );
}

const keyOf = ({ review_id }: ReviewLine) => review_id;

const COLUMNS = [
  {
    title: 'Review',
    cell: ({ review_id: id }: ReviewLine) => (
      <Link href={`/reviews/${id}`}>
        <Id of={id} />
      </Link>
    ),
  },
  {
    title: 'Asked for',
    cell: ({ requested_at: at }: ReviewLine) => (
      <time dateTime={at}>
        {formatTime(at)} <span class="unit">({formatAge(at)} ago)</span>
      </time>
    ),
  },
  { title: 'State', cell: ({ state }: ReviewLine) => <span class={`tag ${state}`}>{state}</span> },
  { title: 'Proposed by', cell: ({ proposed_by: name }: ReviewLine) => <ActorName name={name ?? '–'} /> },
  { title: 'Decided by', cell: ({ decided_by: name }: ReviewLine) => <ActorName name={name ?? '–'} /> },
];
