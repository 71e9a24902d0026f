import type { PendingQuery, Row } from 'postgres';
import { isUnleased } from '../data/lease.ts';
import type { Database, Sql } from '../data/sql.ts';
import type { Topic } from '../messaging/topic.ts';
import { TOPICS, type TopicName } from '../messaging/topics.ts';
import { STREAM_LIMITS } from '../messaging/topology.ts';

/** Every statement on the table `outbox`; statements of the domain append to it by the steps below. */
export type OutboxRow = { id: string; topic: TopicName; payload: unknown; version: string | null };

const KEYED_TOPICS = Object.entries<Topic>(TOPICS)
  .filter(([, { keyedBy }]) => keyedBy)
  .map(([name]) => name);

export const LEASE_SECONDS = 10;
export const ROWS_PER_CLAIM = 100;

/**
 * A step of a statement that appends messages of a topic. `messages` selects the key and the payload of each;
 * a key that was appended before appends nothing.
 */
export const appendMessages = (sql: Sql, topic: TopicName, messages: PendingQuery<Row[]>) => sql`
  insert into outbox (id, topic, payload)
  select ${topic}::text || ':' || key, ${topic}::text, payload from (${messages}) as message (key, payload)
  on conflict (id) do nothing`;

/** Appends messages like `appendMessages`, or sends those again that were sent so long ago. */
export const appendOrResend = (
  sql: Sql,
  topic: TopicName,
  messages: PendingQuery<Row[]>,
  sentSecondsAgo: number,
) => sql`
  insert into outbox as message (id, topic, payload)
  select ${topic}::text || ':' || key, ${topic}::text, payload from (${messages}) as message (key, payload)
  on conflict (id) do update set sent_at = null, lease_until = null
    where message.sent_at < now() - make_interval(secs => ${sentSecondsAgo})
  returning id, payload`;

/** Forgets messages that were sent long ago; states stay, for a broker that loses its store. */
export async function deleteSentMessages(database: Database, days: number): Promise<void> {
  await database.query(
    (sql) => sql`
      delete from outbox
      where sent_at < now() - make_interval(days => ${days}) and topic <> all (${KEYED_TOPICS})`,
  );
}

/** Leases unsent rows to a relay. */
export function claimRows(database: Database, topics: TopicName[]): Promise<OutboxRow[]> {
  return database.query(
    (sql) => sql<OutboxRow[]>`
      with due as (
        select id from outbox
        where sent_at is null and topic = any(${topics})
          -- control: lease-ends
          and ${isUnleased(sql, 'lease_until', LEASE_SECONDS)}
        order by created_at
        limit ${ROWS_PER_CLAIM}
        for update skip locked
      )
      update outbox set lease_until = now() + make_interval(secs => ${LEASE_SECONDS}), attempts = attempts + 1
      from due where outbox.id = due.id
      returning outbox.id, outbox.topic, outbox.payload, outbox.payload->>'version' as version`,
  );
}

/** Marks messages as sent; not one whose state was replaced meanwhile, which is sent again. */
export async function markSent(
  database: Database,
  sent: { id: string; version: string | null; created: string; sequence: number }[],
): Promise<void> {
  await database.query(
    (sql) => sql`
      update outbox
      set sent_at = case when payload->>'version' is not distinct from s.version then now() end,
        lease_until = null, stream_created = s.created, stream_sequence = s.sequence
      from unnest(
        ${sent.map((row) => row.id)}::text[],
        ${sent.map((row) => row.version)}::text[],
        ${sent.map((row) => row.created)}::text[],
        ${sent.map((row) => row.sequence)}::bigint[]
      ) as s (id, version, created, sequence)
      where outbox.id = s.id`,
  );
}

export async function releaseRows(database: Database, ids: string[]): Promise<void> {
  await database.query(
    (sql) => sql`update outbox set lease_until = null where id = any(${ids}) and sent_at is null`,
  );
}

export async function selectBacklog(
  database: Database,
  topics: TopicName[],
): Promise<{ unsent: number; oldestSeconds: number }> {
  const [row] = await database.query(
    (sql) => sql<[{ unsent: number; oldestSeconds: number }]>`
      select count(*)::int as unsent,
        coalesce(extract(epoch from now() - min(created_at)), 0)::float8 as "oldestSeconds"
      from outbox where sent_at is null and topic = any(${topics})`,
  );
  return row;
}

/**
 * Counts messages that their stream lost as unsent again; one that is older than a stream keeps is not lost,
 * and a keyed stream keeps all.
 */
export async function unsendLost(
  database: Database,
  topic: TopicName,
  created: string,
  lastSequence: number,
): Promise<number> {
  const rows = await database.query(
    (sql) => sql`
      update outbox set sent_at = null, lease_until = null
      where topic = ${topic}
        and (sent_at > now() - make_interval(days => ${STREAM_LIMITS.ageMaxDays})
          or sent_at is not null and topic = any (${KEYED_TOPICS}))
        and (stream_created <> ${created} or stream_sequence > ${lastSequence})
      returning id`,
  );
  return rows.length;
}
