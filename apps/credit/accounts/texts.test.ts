import { beforeAll, describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import { Credentials } from '../../../sdk/contracts/auth.ts';
import { EmotionEvent } from '../../../sdk/contracts/emotion.ts';
import { parseJson } from '../../../platform/http/request.ts';
import { createValidator } from '../../../platform/kernel/validation.ts';
import type { Database } from '../../../platform/data/sql.ts';
import { createTestRuntime, openTestDatabase } from '../../../tests/harness/runtime.ts';

/** A text that is accepted is stored as it is; one that could not be is rejected before. */
const runtime = createTestRuntime();
let database: Database;

beforeAll(async () => {
  database = await openTestDatabase(runtime);
});

/** Any UTF-16 units, lone surrogates and controls among them. */
const unit = fc.oneof(
  fc.integer({ min: 0, max: 0xffff }).map((code) => String.fromCharCode(code)),
  fc.constantFrom('\0', '\ud800', '\udc00', '\u0085', '\u202e', 'a', 'É', '\u0301'),
  fc.string({ unit: 'grapheme', minLength: 1, maxLength: 1 }),
);
const text = fc.array(unit, { minLength: 1, maxLength: 6 }).map((units) => units.join(''));
const USER = '0198f3a2-7c11-7d3e-9b53-0d6a1f2c4e8a';

/** The value as a request brings it, or null when it is rejected. */
function accept(validate: (value: unknown) => { ok: boolean }, body: object): Record<string, unknown> | null {
  try {
    const value = parseJson(JSON.stringify(body)) as Record<string, unknown>;
    return validate(value).ok ? value : null;
  } catch {
    return null;
  }
}

/** Inserts for a moment; returns the text of the row, or null when the database rejects it. */
async function storedText(work: () => Promise<{ text: string }[]>): Promise<string | null> {
  const rows = await work().catch(() => null);
  return rows?.[0]?.text ?? null;
}

describe('a text that is accepted is stored, and equal when it is read back', () => {
  test('an e-mail', async () => {
    const { check } = createValidator(Credentials);
    let accepted = 0;
    await fc.assert(
      fc.asyncProperty(text, async (name) => {
        const email = `${name}${crypto.randomUUID()}@example.com`;
        const value = accept(check, { email, password: 'a long passphrase' });
        if (value === null) return;
        accepted += 1;
        const stored = await storedText(() =>
          database.query(
            (sql) => sql<{ text: string }[]>`
              insert into users (id, email, password_hash)
              values (gen_random_uuid(), ${email}, 'x') returning email as text`,
          ),
        );
        expect(stored).toBe(email);
      }),
      { numRuns: 500 },
    );
    expect(accepted).toBeGreaterThan(20);
  });

  test("an emotion's type", async () => {
    const { check } = createValidator(EmotionEvent);
    const metrics = { positivity: 0.5, intensity: 0.5, stress_level: 0.5 };
    const timestamp = '2026-01-01T00:00:00Z';
    let accepted = 0;
    await fc.assert(
      fc.asyncProperty(text, async (type) => {
        const value = accept(check, { userId: USER, timestamp, emotionEvent: { type, metrics } });
        if (value === null) return;
        accepted += 1;
        const stored = await storedText(() =>
          database.query((sql) => sql<{ text: string }[]>`select ${type}::text as text`),
        );
        expect(stored).toBe(type);
      }),
      { numRuns: 500 },
    );
    expect(accepted).toBeGreaterThan(20);
  });
});
