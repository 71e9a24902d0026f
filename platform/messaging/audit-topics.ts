import { type Static, Type } from '@sinclair/typebox';
import { Timestamp } from '../../sdk/contracts/common.ts';
import { MIB, type Topic } from './topic.ts';

const Head = Type.Object({ position: Type.Integer(), link: Type.String() });

/** The heads of the hash chains at a time: an earlier link that differs now was changed since. */
export const AuditAnchorMessage = Type.Object({ at: Timestamp, decisions: Head, acts: Head });
export type AuditAnchorMessage = Static<typeof AuditAnchorMessage>;

export const AUDIT_TOPICS = {
  auditAnchors: {
    stream: 'audit-anchors',
    subject: 'audit.anchors',
    message: {
      name: 'AuditAnchorMessage',
      title: 'Heads of the chains of decisions and acts',
      schema: AuditAnchorMessage,
      contentType: 'application/json',
    },
    publishers: ['credit'],
    durables: [],
    listeners: [],
    bytesMax: 128 * MIB,
    ageMaxDays: 10 * 365,
    isSealed: true,
    isPartitioned: false,
  },
} as const satisfies Record<string, Topic>;
