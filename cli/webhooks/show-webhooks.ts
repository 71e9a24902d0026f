import type {
  Webhook,
  WebhookDelivery,
  WebhookDeliveryLine,
  WebhookWithSecret,
} from '../../sdk/operators/index.ts';
import { print, printJson, talk } from '../ui/output.ts';
import { shortId } from './resolve-id.ts';

type Flags = { json?: boolean };

/** A row of 60 columns. */
export const toWebhookRow = ({ webhook_id: id, state, pending, url }: Webhook) => ({
  id: shortId(id),
  state,
  pending,
  host: new URL(url).host,
});

export const toDeliveryRow = (delivery: WebhookDeliveryLine) => ({
  id: shortId(delivery.delivery_id),
  event: delivery.event_type,
  state: delivery.state,
  tries: delivery.attempts,
  status: delivery.last_status,
});

export function showWebhook(webhook: Webhook, { json }: Flags): void {
  if (json) {
    printJson(webhook);
    return;
  }
  const { state, disabled_by: by, failing_since: since, secret_before_until: grace } = webhook;
  print(`id        ${webhook.webhook_id}`);
  print(`url       ${webhook.url}`);
  print(`events    ${webhook.event_types.join(',')}`);
  if (webhook.description !== '') print(`for       ${webhook.description}`);
  if (webhook.partner_id !== null) print(`partner   ${webhook.partner_id}`);
  print(
    `state     ${state}${by === 'gone' ? ', after a 410' : ''}${since ? `, failing since ${since}` : ''}`,
  );
  print(`pending   ${webhook.pending}`);
  if (grace) print(`rotation  the secret before signs until ${grace}`);
  print(`added     ${webhook.created_at} by ${webhook.created_by}`);
}

export function showSecret(webhook: WebhookWithSecret, flags: Flags): void {
  const { secret, ...rest } = webhook;
  if (flags.json) {
    printJson(webhook);
    return;
  }
  showWebhook(rest, flags);
  print(`secret    ${secret}`);
  talk('keep the secret: it is not shown again');
}

export function showDelivery(delivery: WebhookDelivery, { json }: Flags): void {
  if (json) {
    printJson(delivery);
    return;
  }
  const { attempts } = delivery;
  print(`delivery  ${delivery.delivery_id}`);
  print(`event     ${delivery.event_type} ${delivery.event_id}`);
  print(`state     ${delivery.state}, ${attempts} attempt${attempts === 1 ? '' : 's'}`);
  print(`payload   ${delivery.payload}`);
  for (const { at, status, ms, error, response } of delivery.log) {
    const start = response.replace(/\s+/g, ' ').slice(0, 200);
    print(`attempt   ${at}  ${error ?? status}  ${ms} ms${start === '' ? '' : `  ${start}`}`);
  }
}
