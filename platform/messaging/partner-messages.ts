import { type Static, Type } from '@sinclair/typebox';

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
