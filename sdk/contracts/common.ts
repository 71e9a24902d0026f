import type { ObjectOptions, Static, TObject, TProperties, TSchema } from '@sinclair/typebox';
// As a namespace, so that a bundle of the SDK's fake holds only the builders that schemas use.
import * as Type from '@sinclair/typebox';
import { EXAMPLE } from './examples.ts';

export { LIMITS } from './limits.ts';

const UUID = '^[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}$';
const uuidPattern = new RegExp(UUID);

export const isUuid = (text: string): boolean => uuidPattern.test(text);

/** Any UUID, in either case. The server compares and returns lower case. */
export const Uuid = Type.String({
  pattern: UUID,
  description: 'a UUID',
  examples: ['0198f3a2-7c11-7d3e-9b53-0d6a1f2c4e8a'],
});

/** The id of an event; the response to one without it has the id that it got. */
export const EventId = Type.Optional(
  // A spread of `Uuid` would have a type that the declarations of the package cannot name.
  Type.String({
    pattern: UUID,
    description:
      'a UUID that names this event and no other: it is stored once, as it came first. Other content is a ' +
      '422 under an id that was sent before; under one that a response gave, it is taken and not stored',
    examples: ['0198f3a2-7c11-7d3e-9b53-0d6a1f2c4e8a'],
  }),
);

/** ISO 8601; without an offset it is UTC; up to nanoseconds are read, microseconds are kept. */
export const Timestamp = Type.String({
  pattern:
    '^\\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\\d|3[01])[Tt ]([01]\\d|2[0-3]):[0-5]\\d' +
    '(:[0-5]\\d(\\.\\d{1,9})?)?([Zz]|[+-](0\\d|1[0-4]):?[0-5]\\d)?$',
  description: 'an ISO 8601 date and time; UTC when it has no offset',
  examples: ['2026-11-23T09:30:00.000Z'],
});

/** An address as it is shown; a new one is checked by more. */
export const EmailAddress = Type.String({ description: 'an e-mail address' });

/** A day of UTC. */
export const UtcDate = Type.String({ description: 'UTC date, YYYY-MM-DD' });

/** Beside an event's time. */
export const TimeAssigned = Type.Optional(
  Type.Boolean({
    description:
      "true when the time is the sender's clock and nothing of the event's own: the same event may come " +
      'again with another time, under its Idempotency-Key or eventId',
  }),
);

/** `platform`: sent with the platform's own key; `customer`: sent with the customer's own token. */
export const FactSource = Type.Union([Type.Literal('platform'), Type.Literal('customer')]);
export type FactSource = Static<typeof FactSource>;

/** A value of a schema, or null. */
export const OrNull = <Schema extends TSchema>(schema: Schema, description?: string) =>
  Type.Union([schema, Type.Null()], description === undefined ? {} : { description });

/** A closed object: a property the schema does not name is refused, never dropped in silence. */
export function Closed<Properties extends TProperties>(
  properties: Properties,
  options: Pick<ObjectOptions, 'description' | 'examples' | 'minProperties' | 'maxProperties'> = {},
): TObject<Properties> {
  return Type.Object(properties, { ...options, additionalProperties: false });
}

/** The status in an ingestion response: the event is in the broker's stream, its PubAck received. */
export const EventStatus = Type.Literal('event received');

/** A line of a batch that was not taken. `line` counts from 1, blank lines included. */
export const RejectedLine = Closed({
  line: Type.Integer({ minimum: 1 }),
  code: Type.String(),
  message: Type.String(),
});
export type RejectedLine = Static<typeof RejectedLine>;

export const BatchReceived = Closed({
  accepted: Type.Integer({ minimum: 0 }),
  rejected: Type.Array(RejectedLine),
  traceId: Type.String(),
});
export type BatchReceived = Static<typeof BatchReceived>;

export const BATCH_EXAMPLE: BatchReceived = {
  accepted: 2,
  rejected: [{ line: 3, code: 'malformed_line', message: 'not valid JSON' }],
  traceId: EXAMPLE.traceId,
};
