import { expect, test } from 'bun:test';
import { createTestRuntime, openTestDatabase } from '../../../tests/harness/runtime.ts';
import { insertUser } from '../accounts/account-store.ts';
import { createChangeConsent, readConsent } from './change-consent.ts';

const runtime = createTestRuntime();

test('a customer who changes consents in a loop waits, but never for a withdrawal', async () => {
  const database = await openTestDatabase(runtime);
  const [ada, bruno] = await Promise.all(
    ['ada', 'bruno'].map(async (name) => {
      const id = Bun.randomUUIDv7();
      const account = { email: `${name}@example.com`, passwordHash: 'x', jurisdiction: 'US' };
      await insertUser(database, { id, ...account });
      return id;
    }),
  );
  if (!ada || !bruno) throw new Error('there are two customers');
  const changeConsent = createChangeConsent(database);
  const change = (userId: string, granted: boolean, text_version: string) =>
    changeConsent(userId, 'offers', { granted, text_version });
  // The same again changes nothing, and is no act.
  for (let call = 0; call < 50; call += 1) await change(ada, true, '0');
  for (let text = 1; text < 20; text += 1) await change(ada, true, String(text));
  const tooMany = expect.objectContaining({ code: 'quota_exceeded' });
  expect(await change(ada, true, '20').catch((error) => error)).toEqual(tooMany);
  expect(await change(bruno, true, '1')).toMatchObject({ granted: true });

  expect(await change(ada, false, '20')).toMatchObject({ granted: false, text_version: '20' });
  for (const granted of [true, false]) {
    expect(await change(ada, granted, '21').catch((error) => error)).toEqual(tooMany);
  }
  expect(await readConsent(database, ada, 'offers')).toMatchObject({ granted: false, text_version: '20' });
  const acts = await database.query((sql) => sql`select from audit_log where customer_id = ${ada}`);
  expect(acts).toHaveLength(21);
});
