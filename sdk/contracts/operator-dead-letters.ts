import type { Static, TSchema } from '@sinclair/typebox';
import * as Type from '@sinclair/typebox';
import { Closed, OrNull, Timestamp } from './common.ts';
import { OF_BACK_OFFICE, defineEndpoints, json, response, wordOf } from './endpoint.ts';
import { DeadLetterGroups } from './dead-letter-groups.ts';
import { Note } from './note.ts';

/** A number, or `7.12` for a line of a message that many share. */
const ID = '^[1-9]\\d{0,15}(\\.[1-9]\\d{0,8})?$';
const CURSOR = '^\\d{1,15}-\\d{1,9}$';
const LETTERS_AT_ONCE = 500;

const Id = Type.String({
  pattern: ID,
  description: 'a number; 7.12 is a line of message 7, which many share',
});
const ids = Type.Array(Id, { minItems: 1, maxItems: LETTERS_AT_ONCE, uniqueItems: true });
const Cursor = Type.Optional(
  Type.String({ pattern: CURSOR, description: 'the `next_cursor` of the page before' }),
);
const pageOf = <Item extends TSchema>(item: Item) =>
  Closed({
    items: Type.Array(item),
    next_cursor: OrNull(Type.String(), 'of the next page; null on the last one'),
  });
const name = Type.String({ minLength: 1, maxLength: 100, pattern: '^[\\x21-\\x7e]+$' });

const row = {
  id: Id,
  stream: Type.String(),
  sequence: Type.Integer({ description: 'of the message in its stream' }),
  line: Type.Integer({ description: 'of the message, from 1; 0 is all of it' }),
  deliveries: Type.Integer(),
  code: Type.String({ description: 'the cause' }),
  message: Type.String(),
  parked_at: Timestamp,
  bytes: Type.Integer(),
};

export const DeadLetterLine = Closed(row);
export type DeadLetterLine = Static<typeof DeadLetterLine>;

export const DeadLetterList = pageOf(DeadLetterLine);
export type DeadLetterList = Static<typeof DeadLetterList>;

export const DeadLetterDetails = Closed({
  ...row,
  payload: Type.String({ description: 'as it came: personal data' }),
});
export type DeadLetterDetails = Static<typeof DeadLetterDetails>;

export const DroppedDeadLetter = Closed({
  ...row,
  by: Type.String(),
  reason: Type.String(),
  dropped_at: Timestamp,
});
export type DroppedDeadLetter = Static<typeof DroppedDeadLetter>;

export const DroppedDeadLetters = pageOf(DroppedDeadLetter);
export type DroppedDeadLetters = Static<typeof DroppedDeadLetters>;

export const DeadLetterFilter = Closed({
  stream: Type.Optional(name),
  code: Type.Optional(name),
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 1000, default: 100 })),
  cursor: Cursor,
});
export type DeadLetterFilter = Static<typeof DeadLetterFilter>;

export const DeadLetterReplay = Closed(
  {
    ids: Type.Optional(ids),
    stream: Type.Optional(name),
    code: Type.Optional(name),
    note: Type.Optional(Note),
  },
  {
    description: `These, or all that match, the oldest first, ${LETTERS_AT_ONCE} in a request.`,
    examples: [{ code: 'unknown_user' }],
  },
);
export type DeadLetterReplay = Static<typeof DeadLetterReplay>;

export const DeadLetterSelection = Closed(
  { ids: Type.Optional(ids), stream: Type.Optional(name), code: Type.Optional(name), cursor: Cursor },
  {
    description: 'As a replay selects them; page by page with a cursor.',
    examples: [{ code: 'unknown_user' }],
  },
);
export type DeadLetterSelection = Static<typeof DeadLetterSelection>;

export const DeadLetterPreview = Closed({
  id: Id,
  stream: Type.String(),
  code: Type.String(),
  outcome: Type.Union(
    [
      Type.Literal('stored'),
      Type.Literal('id_stored'),
      Type.Literal('rejected'),
      Type.Literal('dropped'),
      Type.Literal('sent'),
    ],
    { description: 'of a replay at this moment; `sent` where only its worker can tell' },
  ),
  reason: Type.Union([Type.String(), Type.Null()]),
  masked: Type.String({ description: 'the shape of the payload, without what is in it' }),
});
export type DeadLetterPreview = Static<typeof DeadLetterPreview>;

export const DeadLetterPreviews = pageOf(DeadLetterPreview);
export type DeadLetterPreviews = Static<typeof DeadLetterPreviews>;

export const DeadLetterDrop = Closed(
  { ids, reason: Note },
  { examples: [{ ids: ['7'], reason: 'a test user' }] },
);
export type DeadLetterDrop = Static<typeof DeadLetterDrop>;

export const DeadLettersDone = Closed({
  items: Type.Array(Closed({ id: Id, stream: Type.String(), code: Type.String() })),
});
export type DeadLettersDone = Static<typeof DeadLettersDone>;

const params = { dead_letter_id: wordOf('dead_letter_not_found', ID) };
const EXAMPLE = {
  id: '7',
  stream: 'emotions',
  sequence: 12,
  line: 3,
  deliveries: 1,
  code: 'unknown_user',
  message: 'the user is not registered',
  parked_at: '2026-11-23T09:29:00.000Z',
  bytes: 210,
};
const BROKER = ['broker_unavailable'] as const;
const ACT_PROBLEMS = [...BROKER, 'stream_full', 'dead_letter_not_found', 'dead_letter_taken'] as const;

export const OPERATOR_DEAD_LETTER_ENDPOINTS = defineEndpoints({
  listDeadLetters: {
    ...OF_BACK_OFFICE,
    method: 'GET',
    path: '/v1/operators/dead-letters',
    summary: 'Messages that could not be handled, oldest first, without their payloads',
    roles: ['viewer'],
    query: DeadLetterFilter,
    response: response(200, DeadLetterList, 'The dead letters', { items: [EXAMPLE], next_cursor: null }),
    problems: BROKER,
  },
  getDeadLetter: {
    ...OF_BACK_OFFICE,
    method: 'GET',
    path: '/v1/operators/dead-letters/{dead_letter_id}',
    summary: 'A dead letter with its payload, which is personal data',
    roles: ['operator'],
    params,
    response: response(200, DeadLetterDetails, 'The dead letter', { ...EXAMPLE, payload: '{"userId":"…"}' }),
    problems: [...BROKER, 'dead_letter_shared'],
  },
  groupDeadLetters: {
    ...OF_BACK_OFFICE,
    method: 'GET',
    path: '/v1/operators/dead-letter-groups',
    summary: 'Dead letters by stream and cause, the largest group first',
    roles: ['viewer'],
    response: response(200, DeadLetterGroups, 'The groups', {
      items: [
        {
          stream: 'emotions',
          code: 'unknown_user',
          count: 20,
          bytes: 4200,
          oldest_at: '2026-11-23T09:29:00.000Z',
          newest_at: '2026-11-23T09:31:00.000Z',
          messages: [{ message: 'there is no such user', count: 20 }],
        },
      ],
      is_complete: true,
    }),
    problems: BROKER,
  },
  previewDeadLetterReplay: {
    ...OF_BACK_OFFICE,
    method: 'POST',
    path: '/v1/operators/dead-letter-previews',
    summary: 'What a replay would do, and the shape of each payload; sends nothing',
    roles: ['viewer'],
    body: json(DeadLetterSelection),
    response: response(200, DeadLetterPreviews, 'The outcome that is predicted for each dead letter', {
      items: [
        {
          id: '7',
          stream: 'emotions',
          code: 'unknown_user',
          outcome: 'rejected',
          reason: 'unknown_user: there is no such user',
          masked: '{"userId":"(id)"}',
        },
      ],
      next_cursor: null,
    }),
    problems: [...BROKER, 'dead_letter_not_found'],
  },
  replayDeadLetters: {
    ...OF_BACK_OFFICE,
    method: 'POST',
    path: '/v1/operators/dead-letter-replays',
    summary: 'Send dead letters to their streams once more',
    roles: ['operator'],
    body: json(DeadLetterReplay),
    response: response(200, DeadLettersDone, 'Those that were sent', {
      items: [{ id: '7', stream: 'emotions', code: 'unknown_user' }],
    }),
    problems: ACT_PROBLEMS,
  },
  dropDeadLetters: {
    ...OF_BACK_OFFICE,
    method: 'POST',
    path: '/v1/operators/dead-letter-drops',
    summary: 'Drop dead letters for good; the reason is kept for a year',
    roles: ['operator'],
    body: json(DeadLetterDrop),
    response: response(200, DeadLettersDone, 'Those that were dropped', {
      items: [{ id: '7', stream: 'emotions', code: 'unknown_user' }],
    }),
    problems: ACT_PROBLEMS,
  },
  listDroppedDeadLetters: {
    ...OF_BACK_OFFICE,
    method: 'GET',
    path: '/v1/operators/dropped-dead-letters',
    summary: 'Dropped dead letters: by which operator, when and why',
    roles: ['viewer'],
    query: DeadLetterFilter,
    response: response(
      200,
      DroppedDeadLetters,
      'The newest of them, or of those before the cursor, oldest first',
      {
        items: [{ ...EXAMPLE, by: 'ada', reason: 'a test user', dropped_at: '2026-11-23T09:31:00.000Z' }],
        next_cursor: null,
      },
    ),
    problems: BROKER,
  },
});
