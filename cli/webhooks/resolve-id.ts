import { isUuid } from '../../sdk/contracts/common.ts';
import type { EcsOperatorClient } from '../../sdk/operators/client.ts';
import { CliError, EXIT } from '../ui/output.ts';

type Api = Pick<EcsOperatorClient, 'webhooks'>;

/** Tables show so much of an id, so that a row fits a terminal of 60 columns; any beginning will do. */
const SHORT = 8;
const NEWEST = 100;

export const shortId = (id: string): string => id.slice(0, SHORT);

/** Returns the id of the endpoint that the text is, or begins. */
export async function resolveWebhook({ webhooks }: Api, text: string): Promise<string> {
  if (isUuid(text)) return text;
  const { items } = await webhooks.list();
  const ids = items.map(({ webhook_id: id }) => id);
  return pick(ids, text, 'endpoint', 'ecs webhooks ls');
}

/** The same of a delivery, among the newest. */
export async function resolveDelivery({ webhooks }: Api, webhookId: string, text: string): Promise<string> {
  if (isUuid(text)) return text;
  const { items } = await webhooks.deliveries(webhookId, { page_size: NEWEST });
  const ids = items.map(({ delivery_id: id }) => id);
  return pick(ids, text, 'delivery', `ecs webhooks deliveries ${shortId(webhookId)}`);
}

function pick(ids: string[], text: string, thing: string, hint: string): string {
  const matches = text === '' ? [] : ids.filter((id) => id.startsWith(text.toLowerCase()));
  const [id] = matches;
  if (id === undefined) throw new CliError(`there is no ${thing} ${text}`, EXIT.notFound, hint);
  if (matches.length > 1) {
    throw new CliError(
      `${matches.length} ids begin with ${text}: give more of it`,
      EXIT.usage,
      `${hint} --json`,
    );
  }
  return id;
}
