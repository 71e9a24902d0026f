import { type Static, Type } from '@sinclair/typebox';
import { Timestamp } from '../../sdk/contracts/common.ts';

const Head = Type.Object({ position: Type.Integer(), link: Type.String() });

/** The heads of the hash chains at a time: an earlier link that differs now was changed since. */
export const AuditAnchorMessage = Type.Object({ at: Timestamp, decisions: Head, acts: Head });
export type AuditAnchorMessage = Static<typeof AuditAnchorMessage>;
