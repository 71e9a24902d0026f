import { Link } from 'wouter-preact';
import type { Webhook } from '../../../../sdk/contracts/webhook.ts';
import type { Parameters } from '../page.ts';
import { client } from '../shell/client.ts';
import { formatNumber } from '../ui/format.ts';
import { Loaded } from '../ui/states.tsx';
import { useLoad } from '../ui/use-load.ts';
import { Deliveries } from './deliveries.tsx';
import { EndpointState } from './endpoint-state.tsx';
import { Id, Words } from '../ui/texts.tsx';

/** One endpoint, and its deliveries with each attempt. */
export default function WebhookEndpoint({ id = '' }: Parameters) {
  const endpoint = useLoad(() => client.webhooks.get(id), [id]);
  return (
    <section>
      <p>
        <Link href="/webhooks">Webhooks</Link>
      </p>
      <h1>
        Endpoint <Id of={id} />
      </h1>
      <Loaded of={endpoint} what="the endpoint">
        {(webhook) => <Facts webhook={webhook} />}
      </Loaded>
      <h2>Deliveries</h2>
      <Deliveries id={id} />
    </section>
  );
}

function Facts({ webhook }: { webhook: Webhook }) {
  const { url, event_types: types, partner_id: partner, description, pending, webhook_id: id } = webhook;
  const facts = {
    Address: <Words of={url} />,
    State: <EndpointState webhook={webhook} />,
    Waiting: `${formatNumber(pending)} deliveries`,
    Events: types.join(', '),
    Partner: partner ?? 'none: of operators',
    For: <Words of={description} />,
    Test: <code>ecs webhooks test {id}</code>,
  };
  return (
    <dl class="facts">
      {Object.entries(facts).map(([title, value]) => (
        <>
          <dt>{title}</dt>
          <dd>{value}</dd>
        </>
      ))}
    </dl>
  );
}
