import { type Static, Type } from '@sinclair/typebox';
import { MIB, type Topic } from './topic.ts';

/** A partner at this moment; of two messages the higher version is the newer. */
export const PartnerStateMessage = Type.Object({
  partnerId: Type.String(),
  isActive: Type.Boolean(),
  tokenVersion: Type.Integer(),
  /** Texts, since a service of the version before may not know a scope. */
  scopes: Type.Array(Type.String()),
  version: Type.Integer(),
});
export type PartnerStateMessage = Static<typeof PartnerStateMessage>;

export const PARTNER_TOPICS = {
  partnerStates: {
    stream: 'partners',
    subject: 'partners.states',
    message: {
      name: 'PartnerStateMessage',
      title: 'The state of a partner that ingestion follows; the newest of each partner is kept',
      schema: PartnerStateMessage,
      contentType: 'application/json',
    },
    publishers: ['credit'],
    durables: [],
    listeners: [],
    followers: ['emotion-ingestion', 'transaction-ingestion'],
    bytesMax: 64 * MIB,
    keyedBy: 'partnerId',
    isPartitioned: false,
  },
} as const satisfies Record<string, Topic>;
