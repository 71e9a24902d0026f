import { expect, test } from 'bun:test';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createTokens } from '../../platform/http/token.ts';
import { createSecretBox } from '../../platform/webhooks/webhook-secret.ts';

const CUSTOMER = '0198f3a2-7c11-7d3e-9b53-0d6a1f2c4e8a';
const ROOT = join(import.meta.dir, '..', '..');
const DOCUMENT = readFileSync(join(ROOT, 'docs', 'operations', 'secrets-and-tls.md'), 'utf8');
const KEYS: Record<string, string> = { old: 'o'.repeat(32), new: 'n'.repeat(32) };

test('in each round of the documented rotation, services before and after their restart accept each other', async () => {
  const rounds = ['old', ...roundsOf(/^- `SECRET_KEY` rotates [^]*?(?=^- )/m)];
  expect(rounds.at(-1)).toBe('new');
  for (const [index, after] of rounds.slice(1).entries()) {
    const sides = [rounds[index] as string, after].map(valueOf);
    for (const signing of sides) for (const verifying of sides) await expectAccepted(signing, verifying);
  }
});

function roundsOf(paragraph: RegExp): string[] {
  const text = DOCUMENT.match(paragraph)?.[0] ?? '';
  return [...text.matchAll(/`((?:old|new)(?:,(?:old|new))?)`/g)].map(([, round]) => round as string);
}

const valueOf = (round: string) =>
  round
    .split(',')
    .map((name) => KEYS[name])
    .join(',');

async function expectAccepted(signing: string, verifying: string): Promise<void> {
  const { token } = await createTokens({ secretKey: signing }).sign(CUSTOMER);
  const holder = await createTokens({ secretKey: verifying }).verify(token);
  expect(holder, `${signing} -> ${verifying}`).toMatchObject({ userId: CUSTOMER });
  const sealed = createSecretBox(signing).seal('whsec_a');
  expect(createSecretBox(verifying).open(sealed)).toBe('whsec_a');
}
