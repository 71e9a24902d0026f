import type { Database } from '../../platform/data/sql.ts';
import type { TopicName } from '../../platform/messaging/topics.ts';

/** Appends the state of a customer to the outbox as the triggers on consents and partners do. */
export async function appendState(
  database: Database,
  topic: TopicName,
  state: { userId: string; emotionCapture: boolean; version: number },
): Promise<void> {
  await database.query(
    (sql) => sql`
      insert into outbox as message (id, topic, payload)
      values (${`${topic}:${state.userId}`}, ${topic}, ${sql.json(state)})
      on conflict (id) do update set payload = excluded.payload, sent_at = null, created_at = now()`,
  );
}
