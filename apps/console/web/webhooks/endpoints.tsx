import { Link } from 'wouter-preact';
import type { Webhook } from '../../../../sdk/contracts/webhook.ts';
import { client } from '../shell/client.ts';
import { formatNumber, formatTime } from '../ui/format.ts';
import { Loaded } from '../ui/states.tsx';
import { Table } from '../ui/table.tsx';
import { useLoad } from '../ui/use-load.ts';
import { EndpointState } from './endpoint-state.tsx';
import { Id, Words } from '../ui/texts.tsx';

/** The endpoints of webhooks: whether each takes its events, and how many wait. */
export default function Webhooks() {
  const endpoints = useLoad(() => client.webhooks.list(), []);
  return (
    <section>
      <h1>Webhooks</h1>
      <p class="lead">
        Events of customers that are sent to partners. <code>ecs webhooks</code> changes them.
      </p>
      <Loaded
        of={endpoints}
        what="the endpoints"
        isEmpty={({ items }) => items.length === 0}
        empty={
          <>
            There are no endpoints. <code>ecs webhooks add</code> adds one, or a partner does.
          </>
        }
      >
        {({ items }) => (
          <Table
            caption="Endpoints, the most waiting first"
            columns={COLUMNS}
            rows={items.toSorted((a, b) => b.pending - a.pending)}
            keyOf={({ webhook_id: id }) => id}
          />
        )}
      </Loaded>
    </section>
  );
}

const COLUMNS = [
  {
    title: 'Endpoint',
    cell: ({ webhook_id: id, url }: Webhook) => (
      <Link href={`/webhooks/${id}`}>
        <Words of={url} />
      </Link>
    ),
  },
  { title: 'State', cell: (webhook: Webhook) => <EndpointState webhook={webhook} /> },
  {
    title: 'Waiting (deliveries)',
    isNumber: true,
    cell: ({ pending }: Webhook) => formatNumber(pending),
  },
  { title: 'Events', cell: ({ event_types: types }: Webhook) => types.join(', ') },
  { title: 'Partner', cell: ({ partner_id: partner }: Webhook) => partner ?? '–' },
  { title: 'For', cell: ({ description }: Webhook) => <Words of={description} /> },
  {
    title: 'Since',
    cell: ({ created_at: at, created_by: by }: Webhook) => (
      <>
        <time dateTime={at}>{formatTime(at)}</time> <span class="unit">by {by}</span>
      </>
    ),
  },
  { title: 'Id', cell: ({ webhook_id: id }: Webhook) => <Id of={id} /> },
];
