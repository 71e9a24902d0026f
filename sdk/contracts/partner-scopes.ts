/**
 * The scopes of partners: `emotions:write` and `transactions:write` send events of every customer, as the
 * internal key does; `webhooks:manage` is the partner's own webhooks.
 */
export const PARTNER_SCOPES = ['emotions:write', 'transactions:write', 'webhooks:manage'] as const;
export type PartnerScope = (typeof PARTNER_SCOPES)[number];

export const isPartnerScope = (text: unknown): text is PartnerScope =>
  PARTNER_SCOPES.includes(text as PartnerScope);
