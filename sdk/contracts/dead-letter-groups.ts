import type { Static } from '@sinclair/typebox';
import * as Type from '@sinclair/typebox';
import { Closed, Timestamp } from './common.ts';

export const DeadLetterGroup = Closed({
  stream: Type.String(),
  code: Type.String({ description: 'the cause' }),
  count: Type.Integer(),
  bytes: Type.Integer(),
  oldest_at: Timestamp,
  newest_at: Timestamp,
  messages: Type.Array(Closed({ message: Type.String(), count: Type.Integer() }), {
    description: 'the most frequent',
  }),
});
export type DeadLetterGroup = Static<typeof DeadLetterGroup>;

export const DeadLetterGroups = Closed({
  items: Type.Array(DeadLetterGroup),
  is_complete: Type.Boolean({ description: 'false where only the oldest were counted' }),
});
export type DeadLetterGroups = Static<typeof DeadLetterGroups>;
