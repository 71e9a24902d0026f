import type { Endpoint } from './endpoint.ts';
import { OPERATOR_WEBHOOK_ENDPOINTS } from './operator-webhooks.ts';

type OwnPath<Path extends string> = Path extends `/v1/operators${infer Rest}` ? `/v1${Rest}` : never;

type Own<E extends Endpoint> = Omit<E, 'path' | 'auth' | 'tag' | 'roles'> & {
  path: OwnPath<E['path']>;
  auth: 'partner';
  scope: 'webhooks:manage';
  tag: 'webhooks';
};

/** The same endpoint for a partner, whose token sees the webhooks of this partner alone. */
const own = <E extends Endpoint>(endpoint: E): Own<E> => {
  const { roles: _roles, ...rest } = endpoint;
  const path = endpoint.path.replace('/v1/operators/', '/v1/') as OwnPath<E['path']>;
  return { ...rest, path, auth: 'partner', scope: 'webhooks:manage', tag: 'webhooks' } as Own<E>;
};

const OF_OPERATORS = OPERATOR_WEBHOOK_ENDPOINTS;

export const PARTNER_WEBHOOK_ENDPOINTS = {
  addOwnWebhook: own(OF_OPERATORS.addWebhook),
  listOwnWebhooks: {
    ...own(OF_OPERATORS.listWebhooks),
    summary: "The partner's own endpoints, oldest first",
  },
  getOwnWebhook: own(OF_OPERATORS.getWebhook),
  removeOwnWebhook: own(OF_OPERATORS.removeWebhook),
  changeOwnWebhook: own(OF_OPERATORS.changeWebhook),
  rotateOwnWebhookSecret: own(OF_OPERATORS.rotateWebhookSecret),
  disableOwnWebhook: own(OF_OPERATORS.disableWebhook),
  enableOwnWebhook: own(OF_OPERATORS.enableWebhook),
  testOwnWebhook: own(OF_OPERATORS.testWebhook),
  listOwnWebhookDeliveries: own(OF_OPERATORS.listWebhookDeliveries),
  getOwnWebhookDelivery: own(OF_OPERATORS.getWebhookDelivery),
  redeliverOwnWebhook: own(OF_OPERATORS.redeliverWebhook),
};
