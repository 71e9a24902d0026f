import { beforeAll, describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import type { LoginRequest } from '../../../sdk/contracts/auth.ts';
import { emailKey } from '../../../sdk/contracts/email.ts';
import { createQuota } from '../../../platform/resilience/quota.ts';
import type { Database } from '../../../platform/data/sql.ts';
import { createTokens } from '../../../platform/http/token.ts';
import { createTestRuntime, openTestDatabase } from '../../../tests/harness/runtime.ts';
import { createLoginLimits } from '../../../platform/sign-in/login-limits.ts';
import { createPasswords } from '../../../platform/sign-in/passwords.ts';
import { createSignIn } from './sign-in.ts';

const runtime = createTestRuntime();
let database: Database;

beforeAll(async () => {
  database = await openTestDatabase(runtime);
});

const QUEUES = { logins: { atOnce: 2, waitingMax: 128 }, registrations: { atOnce: 1, waitingMax: 128 } };

/** Registration and login as the routes put them together. */
function open(perAccount = 10, perAddress = 100, queues = QUEUES, registrationsMax = 1000) {
  const limits = createLoginLimits({
    account: createQuota({ burst: perAccount, perSecond: perAccount / 60 }),
    address: createQuota({ burst: perAddress, perSecond: perAddress / 60 }),
  });
  const tokens = createTokens({ secretKey: 'x'.repeat(32) });
  const registrations = createQuota({ burst: registrationsMax, perSecond: registrationsMax / 60 });
  const signIn = createSignIn({ database, passwords: createPasswords(queues), tokens, registrations });
  return {
    register: signIn.register,
    logIn: (request: LoginRequest, from: string) =>
      limits.attempt(emailKey(request.email), from, () => signIn.logIn(request, from)),
  };
}
const newEmail = () => `${crypto.randomUUID()}@example.com`;
const codeOf = (work: Promise<unknown>) =>
  work.then(() => 'ok').catch((error: { code: string }) => error.code);

/** Letters with a small one since Unicode 11, of 2018: databases of today are built with older tables, too. */
const YOUNG_LETTERS =
  /[\u1C89-\u1CBF\u2C2F\u2C5F\uA7B8-\uA7DC\u{10570}-\u{105BC}\u{10D50}-\u{10D85}\u{16E40}-\u{16EDF}]/gu;

describe('accounts', () => {
  test('are one for every case and composition of an e-mail, as the database says', async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: 'grapheme', maxLength: 12 }), async (text) => {
        const email = text.replaceAll('\0', '').replace(YOUNG_LETTERS, '').toWellFormed();
        const [row] = await database.query(
          (sql) => sql<{ key: string }[]>`
            select lower(normalize(${email}, nfc) collate "und-x-icu") as key`,
        );
        expect(row?.key).toBe(emailKey(email));
      }),
      { numRuns: 300 },
    );
    const signIn = open();
    const password = 'a long passphrase';
    const name = crypto.randomUUID();
    await signIn.register({ email: `É${name}@example.com`, password }, 'a');
    expect(await codeOf(signIn.register({ email: `e\u0301${name}@example.com`, password }, 'a'))).toBe(
      'email_taken',
    );
    expect(await codeOf(signIn.logIn({ email: `é${name}@EXAMPLE.com`, password }, 'a'))).toBe('ok');
  });
});

describe('an account', () => {
  test('is found by the e-mail it was made with, where the tables of JavaScript and SQL differ', async () => {
    const signIn = open();
    const password = 'a long passphrase';
    // Capitals of Unicode 14 to 17, which one of the two may not know.
    for (const capital of ['\u2c2f', '\ua7c0', '\ua7cb', '\ua7cc', '\ua7da', '\ua7dc', '\u1c89', '\ua7ce']) {
      const email = `${capital}${crypto.randomUUID()}@example.com`;
      await signIn.register({ email, password }, 'home');
      expect([capital, await codeOf(signIn.logIn({ email, password }, 'home'))]).toEqual([capital, 'ok']);
    }
  });
});

describe('guesses of a password', () => {
  test('of other accounts at the same address lock out no customer who logged in from the address before', async () => {
    const signIn = open(5, 8);
    const [email, password] = [newEmail(), 'a long passphrase'];
    await signIn.register({ email, password }, 'office');
    expect(await codeOf(signIn.logIn({ email, password }, 'office'))).toBe('ok');
    const guesses = await Promise.all(
      Array.from({ length: 20 }, () =>
        codeOf(signIn.logIn({ email: newEmail(), password: 'a wrong one' }, 'office')),
      ),
    );
    expect(guesses.filter((code) => code === 'too_many_attempts')).toHaveLength(12);
    expect(await codeOf(signIn.logIn({ email, password }, 'office'))).toBe('ok');
  });

  test('from 300 addresses close login to no address that logged in before', async () => {
    const logins = { atOnce: 2, waitingMax: 32 };
    const signIn = open(10, 100, { ...QUEUES, logins });
    const [email, password] = [newEmail(), 'a long passphrase'];
    await signIn.register({ email, password }, 'home');
    expect(await codeOf(signIn.logIn({ email, password }, 'home'))).toBe('ok');
    const flood = Promise.all(
      Array.from({ length: 300 }, (_, index) =>
        codeOf(signIn.logIn({ email: newEmail(), password: 'a wrong one' }, `attacker ${index}`)),
      ),
    );
    // The queue is full once the first anonymous callers are rejected.
    let isOver = false;
    const ending = flood.then(() => (isOver = true));
    await Bun.sleep(0);
    expect(await codeOf(signIn.logIn({ email, password }, 'home'))).toBe('ok');
    expect(isOver).toBe(false);
    await ending;
    expect((await flood).filter((code) => code === 'overloaded').length).toBeGreaterThan(100);
  }, 60_000);

  test('are bounded for an account from an address, and lock out no customer elsewhere', async () => {
    const signIn = open(5);
    const [email, password] = [newEmail(), 'a long passphrase'];
    await signIn.register({ email, password }, 'home');
    const guesses = await Promise.all(
      Array.from({ length: 20 }, () => codeOf(signIn.logIn({ email, password: 'a wrong one' }, 'attacker'))),
    );
    expect(guesses.filter((code) => code === 'invalid_credentials')).toHaveLength(5);
    expect(guesses.filter((code) => code === 'too_many_attempts')).toHaveLength(15);
    expect(await codeOf(signIn.logIn({ email, password }, 'home'))).toBe('ok');
    expect(await codeOf(signIn.logIn({ email: newEmail(), password: 'another' }, 'attacker'))).toBe(
      'invalid_credentials',
    );
  });

  test('of many accounts are bounded for an address', async () => {
    const signIn = open(5, 8);
    const guesses = await Promise.all(
      Array.from({ length: 20 }, () =>
        codeOf(signIn.logIn({ email: newEmail(), password: 'a wrong one' }, 'attacker')),
      ),
    );
    expect(guesses.filter((code) => code === 'too_many_attempts')).toHaveLength(12);
  });

  test('a right password costs nothing, however often', async () => {
    const signIn = open(2, 2);
    const [email, password] = [newEmail(), 'a long passphrase'];
    await signIn.register({ email, password }, 'home');
    for (let time = 0; time < 5; time += 1) {
      expect(await codeOf(signIn.logIn({ email, password }, 'home'))).toBe('ok');
    }
  });

  test('in a flood from one address delay a login and a registration from another by turns, not by the flood', async () => {
    const signIn = open(1000, 1000);
    const [email, password] = [newEmail(), 'a long passphrase'];
    await signIn.register({ email, password }, 'home');
    let ended = 0;
    const flood = Array.from({ length: 75 }, () =>
      codeOf(signIn.logIn({ email: newEmail(), password: 'a wrong one' }, 'attacker')).then((code) => {
        if (code === 'invalid_credentials') ended += 1;
      }),
    );
    expect(await codeOf(signIn.logIn({ email, password }, 'home'))).toBe('ok');
    expect(await codeOf(signIn.register({ email: newEmail(), password }, 'attacker'))).toBe('ok');
    expect(ended).toBeLessThan(15);
    await Promise.all(flood);
  }, 60_000);
});

describe('a password', () => {
  test('is one, however keyboards and systems write it', async () => {
    const { register, logIn } = open();
    const email = newEmail();
    const written = ['caf\u00e9 1\u00bd', 'cafe\u0301 11\u20442', 'ｃａｆｅ\u0301\u00a0１½'];
    await register({ email, password: written[1] ?? '' }, 'home');
    for (const password of written) {
      expect([password, await codeOf(logIn({ email, password }, 'home'))]).toEqual([password, 'ok']);
    }
    expect(await codeOf(logIn({ email, password: 'cafe 11/2' }, 'home'))).toBe('invalid_credentials');
  });

  test('that was stored as it came still fits', async () => {
    const { register, logIn } = open();
    const email = newEmail();
    const password = 'cafe\u0301 with milk';
    await register({ email, password }, 'home');
    const hash = await Bun.password.hash(password, { algorithm: 'argon2id', memoryCost: 8, timeCost: 1 });
    await database.query((sql) => sql`update users set password_hash = ${hash} where email = ${email}`);
    expect(await codeOf(logIn({ email, password }, 'home'))).toBe('ok');
  });
});

describe('registrations', () => {
  test('are so many from one address, those of an e-mail that is taken among them', async () => {
    const { register } = open(10, 100, QUEUES, 4);
    const password = 'a long passphrase';
    const email = newEmail();
    const codeFrom = (address: string, name = newEmail()) =>
      codeOf(register({ email: name, password }, address));
    expect(await codeFrom('a', email)).toBe('ok');
    // The database refuses a zero byte: nothing was registered, and nothing was told.
    expect(await codeFrom('a', '\0@example.com')).not.toBe('ok');
    expect([await codeFrom('a', email), await codeFrom('a', email)]).toEqual(['email_taken', 'email_taken']);
    expect(await codeFrom('a')).toBe('ok');
    expect([await codeFrom('a', email), await codeFrom('a')]).toEqual(['quota_exceeded', 'quota_exceeded']);
    expect(await codeFrom('b')).toBe('ok');
  });
});
