import { expect, test } from 'bun:test';
import { eventually } from '../../../tests/harness/engines.ts';
import { createTestRuntime, openTestBus, openTestDatabase } from '../../../tests/harness/runtime.ts';
import type { Database } from '../../../platform/data/sql.ts';
import { TOPICS } from '../../../platform/messaging/topics.ts';
import { subjectFor } from '../../../platform/messaging/topology.ts';
import { startRelay } from '../../../platform/outbox/outbox.ts';
import { createCustomerHash } from '../../../platform/privacy/customer-hash.ts';
import { CONSENT_PURPOSES, type ConsentPurpose } from '../../../sdk/contracts/consent.ts';
import { changeConsent } from '../../credit/consents/consent-store.ts';
import { createCaptureConsents } from '../../emotion-ingestion/capture-consents.ts';
import { consentKey } from '../../../platform/privacy/consent-key.ts';
import { reapplyConsents } from './reapply-consents.ts';
import { selectIdentity } from './consent-store.ts';

const LONG_MS = 60_000;
const runtime = createTestRuntime();
const hashOf = createCustomerHash('a key of the tests, which is long enough');

async function open() {
  const database = await openTestDatabase(runtime);
  const { bus } = await openTestBus(runtime);
  startRelay({ ...runtime, database, bus, topics: ['customerConsents'], hashOf });
  const change = async (userId: string, purpose: ConsentPurpose, granted: boolean, text = '1') => {
    await changeConsent(database, { userId, purpose, granted, text_version: text });
    await eventually('the stream has it', async () => {
      const rows = await database.query((sql) => sql`select from outbox where sent_at is null`);
      return rows.length === 0;
    });
  };
  return { database, bus, change, deps: { database, bus, hashOf } };
}

async function newUser(database: Database): Promise<string> {
  const id = Bun.randomUUIDv7();
  await database.query((sql) => sql`insert into users (id, email, password_hash) values (${id}, ${id}, 'x')`);
  return id;
}

/** Returns a function that brings the consents of this moment back, as a dump does. */
async function dumpConsents(database: Database): Promise<() => Promise<void>> {
  const rows = await database.query((sql) => sql`select to_jsonb(consents) as row from consents`);
  return async () => {
    await database.query((sql) => sql`alter table consents disable trigger user`);
    await database.query((sql) => sql`delete from consents`);
    for (const { row } of rows) {
      await database.query(
        (sql) =>
          sql`insert into consents select * from jsonb_populate_record(null::consents, ${row as string})`,
      );
    }
    await database.query((sql) => sql`alter table consents enable trigger user`);
  };
}

const grantedOf = async (database: Database, userId: string) =>
  (
    await database.query(
      (sql) => sql<{ purpose: string; granted: boolean; text_version: string }[]>`
        select purpose, granted, text_version from consents where user_id = ${userId} order by purpose`,
    )
  ).map(({ purpose, granted, text_version }) => [purpose, granted, text_version]);

test(
  'consents of after a dump are as they were, of every purpose, and stay as the customer says later',
  async () => {
    const { database, bus, change, deps } = await open();
    const [ada, bruno, stranger] = [await newUser(database), await newUser(database), Bun.randomUUIDv7()];
    for (const purpose of CONSENT_PURPOSES) await change(ada, purpose, true);
    const restore = await dumpConsents(database);
    for (const purpose of CONSENT_PURPOSES) await change(ada, purpose, false);
    await change(bruno, 'offers', false);
    const customerHash = hashOf(stranger);
    const state = JSON.stringify({ customerHash, emotionCapture: false, version: Date.now() });
    await bus.publish(subjectFor(TOPICS.customerConsents, customerHash), state, { id: customerHash });
    expect(await reapplyConsents(deps)).toBe(0);

    await restore();
    await change(ada, 'offers', true, '2');
    expect((await grantedOf(database, ada)).map(([, granted]) => granted)).toEqual([true, true, true]);
    expect(await reapplyConsents(deps)).toBe(3);
    expect(await grantedOf(database, ada)).toEqual([
      ['emotion_capture', false, '1'],
      ['emotion_scoring', false, '1'],
      ['offers', true, '2'],
    ]);
    expect(await grantedOf(database, bruno)).toEqual([['offers', false, '1']]);
    const acts = await database.query(
      (sql) => sql`select act, details from audit_log where actor = 'privacy' and customer_id = ${bruno}`,
    );
    expect([...acts]).toEqual([{ act: 'consent.withdraw', details: { restored: true } }]);
    expect(await reapplyConsents(deps)).toBe(0);
  },
  LONG_MS,
);

test(
  'a change after a restore is newer for followers than all before the loss',
  async () => {
    const { database, bus, change } = await open();
    const ada = await newUser(database);
    const restore = await dumpConsents(database);
    const consents = createCaptureConsents({ mode: 'recorded', hashOf });
    const follow = async () => {
      const { stream } = TOPICS.customerConsents;
      const subject = subjectFor(TOPICS.customerConsents, hashOf(ada));
      const message = await bus.client().jsm.streams.getMessage(stream, { last_by_subj: subject });
      consents.change(message.json());
      return consents.consentProblemOf(ada);
    };
    await change(ada, 'emotion_capture', true);
    await change(ada, 'emotion_capture', false);
    expect(await follow()).toBe('consent_withdrawn');
    await restore();
    await change(ada, 'emotion_capture', true);
    expect(await follow()).toBeNull();
  },
  LONG_MS,
);

test('the state of the version before tells of the capture of emotions alone', async () => {
  const { database, bus, deps } = await open();
  const ada = await newUser(database);
  const customerHash = hashOf(ada);
  const state = JSON.stringify({ customerHash, emotionCapture: false, version: 1 });
  await bus.publish(subjectFor(TOPICS.customerConsents, customerHash), state, { id: customerHash });
  expect(await reapplyConsents(deps)).toBe(1);
  expect(await grantedOf(database, ada)).toEqual([['emotion_capture', false, 'unknown']]);
});

test('a consent given to a text that the database does not know is asked for again, a withdrawal holds', async () => {
  const { database, change, deps } = await open();
  const [giver, leaver] = [await newUser(database), await newUser(database)];
  const restore = await dumpConsents(database);
  await change(giver, 'offers', true, 'lost');
  await change(leaver, 'offers', false, 'lost');
  await restore();
  expect(await reapplyConsents(deps)).toBe(1);
  expect(await grantedOf(database, giver)).toEqual([]);
  expect(await grantedOf(database, leaver)).toEqual([['offers', false, 'unknown']]);
});

test('no message has a word of the request: a replaced one stays in the file of the stream', async () => {
  const { database, bus, change } = await open();
  const ada = await newUser(database);
  await change(ada, 'offers', true, 'a word of a request');
  const { stream } = TOPICS.customerConsents;
  const subject = subjectFor(TOPICS.customerConsents, hashOf(consentKey(ada, 'offers')));
  const message = await bus.client().jsm.streams.getMessage(stream, { last_by_subj: subject });
  expect(message.json<object>()).toEqual({
    customerHash: hashOf(consentKey(ada, 'offers')),
    textHash: hashOf('a word of a request'),
    granted: true,
    purpose: 'offers',
    version: expect.any(Number),
  });
});

test('a database whose tables were restored is another one', async () => {
  const { database } = await open();
  const identity = await selectIdentity(database);
  expect(await selectIdentity(database)).toBe(identity);
  await database.query((sql) => sql`alter table consents rename to old_consents`);
  await database.query((sql) => sql`create table consents (like old_consents)`);
  expect(await selectIdentity(database)).not.toBe(identity);
});
