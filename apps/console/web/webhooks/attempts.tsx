import { useState } from 'preact/hooks';
import type { WebhookAttempt, WebhookDeliveryLine } from '../../../../sdk/contracts/webhook.ts';
import { client } from '../shell/client.ts';
import { formatNumber, formatTime } from '../ui/format.ts';
import { hasRole } from '../shell/session.ts';
import { Fault } from '../ui/states.tsx';
import { useTask } from '../ui/use-task.ts';

/** The number of attempts; for operators, on demand, each with its outcome and its response. */
export function Attempts({ endpointId, delivery }: { endpointId: string; delivery: WebhookDeliveryLine }) {
  const { delivery_id: id, attempts } = delivery;
  const [log, setLog] = useState<WebhookAttempt[] | null>(null);
  const { fault, run } = useTask();
  const show = () =>
    run(
      (signal) => client.webhooks.delivery(endpointId, id, { signal }),
      ({ log: newest }) => setLog(newest),
    );
  if (attempts === 0 || !hasRole(['operator'])) return <>{formatNumber(attempts)}</>;
  return (
    <details onToggle={({ currentTarget: { open } }) => open && show()}>
      <summary>{formatNumber(attempts)}</summary>
      <ol>
        {log?.map(({ at, status, ms, error, response }) => (
          <li key={at}>
            <time dateTime={at}>{formatTime(at)}</time>: {error ?? `status ${status}`} after{' '}
            {formatNumber(ms)} ms
            {response && <pre>{response}</pre>}
          </li>
        ))}
      </ol>
      <Fault of={fault} />
    </details>
  );
}
