import { Link } from 'wouter-preact';
import type { WebhookDeliveriesQuery, WebhookDeliveryLine } from '../../../../sdk/contracts/webhook.ts';
import { client } from '../shell/client.ts';
import { formatTime } from '../ui/format.ts';
import { Pager, usePages } from '../ui/pager.tsx';
import { Loaded } from '../ui/states.tsx';
import { Table } from '../ui/table.tsx';
import { useKept } from '../ui/use-kept.ts';
import { useLoad } from '../ui/use-load.ts';
import { Attempts } from './attempts.tsx';
import { Id, Words } from '../ui/texts.tsx';

type State = NonNullable<WebhookDeliveriesQuery['state']>;

const STATES = { pending: 'waiting', delivered: 'delivered', given_up: 'given up' } as const;
const TONES = { pending: 'warn', delivered: 'good', given_up: 'bad' } as const;

/** The deliveries of an endpoint, the newest first. */
export function Deliveries({ id }: { id: string }) {
  const [state, setState] = useKept<State | undefined>('state', undefined);
  const pages = usePages();
  const { cursor } = pages;
  const page = useLoad(
    () =>
      client.webhooks.deliveries(id, {
        page_size: 25,
        ...(state ? { state } : {}),
        ...(cursor ? { cursor: Number(cursor) } : {}),
      }),
    [id, state, cursor],
  );
  const choose = (next: State | undefined) => {
    setState(next);
    pages.restart();
  };
  return (
    <>
      <Filters state={state} onChoose={choose} onReload={page.reload} />
      <Loaded of={page} what="the deliveries">
        {({ items, next_cursor: next }) => (
          <>
            {items.length === 0 ? (
              <p class="empty">
                {state
                  ? `None of 30 days is ${STATES[state]}: choose another state.`
                  : 'Nothing was sent to it within 30 days: the command above sends a test.'}
              </p>
            ) : (
              <Table
                caption="Deliveries of 30 days, the newest first"
                columns={columnsOf(id)}
                rows={items}
                keyOf={({ delivery_id: delivery }) => delivery}
              />
            )}
            <Pager
              pages={pages}
              next={next === null ? null : String(next)}
              backLabel="Newer"
              onLabel="Older"
            />
          </>
        )}
      </Loaded>
    </>
  );
}

function Filters(props: {
  state: State | undefined;
  onChoose(state: State | undefined): void;
  onReload(): void;
}) {
  const { state, onChoose, onReload } = props;
  return (
    <form class="filters" aria-label="Filters">
      <label>
        State
        <select
          value={state ?? ''}
          onChange={({ currentTarget: { value } }) => onChoose((value || undefined) as State | undefined)}
        >
          <option value="">Any</option>
          {Object.entries(STATES).map(([value, text]) => (
            <option key={value} value={value}>
              {text}
            </option>
          ))}
        </select>
      </label>
      <button type="button" onClick={onReload}>
        Look again
      </button>
    </form>
  );
}

const columnsOf = (endpointId: string) => [
  {
    title: 'Since',
    cell: ({ created_at: at }: WebhookDeliveryLine) => <time dateTime={at}>{formatTime(at)}</time>,
  },
  { title: 'Event', cell: ({ event_type: type }: WebhookDeliveryLine) => type },
  {
    title: 'Customer',
    cell: ({ user_id: user }: WebhookDeliveryLine) =>
      user === null ? (
        '–'
      ) : (
        <Link href={`/customers/${user}`}>
          <Id of={user} />
        </Link>
      ),
  },
  {
    title: 'State',
    cell: ({ state }: WebhookDeliveryLine) => <span class={`tag ${TONES[state]}`}>{STATES[state]}</span>,
  },
  {
    title: 'Last attempt',
    cell: ({ last_status: status, last_error: error }: WebhookDeliveryLine) =>
      error === null ? (status ?? '–') : <Words of={error} />,
  },
  {
    title: 'Attempts',
    cell: (delivery: WebhookDeliveryLine) => <Attempts endpointId={endpointId} delivery={delivery} />,
  },
];
