import { beforeAll, expect, test } from 'bun:test';
import { exportJWK, generateKeyPair, type JWK, SignJWT } from 'jose';
import { createTestRuntime, openTestDatabase } from '../../../tests/harness/runtime.ts';
import type { Database } from '../../../platform/data/sql.ts';
import type { PartnerAccount } from '../../../platform/partners/partner-reads.ts';
import { createAssertionCheck } from './verify-assertion.ts';

const runtime = createTestRuntime();
const URL = 'https://ecs.example.com/v1/oauth/token';
const HOUR_MS = 3_600_000;
let database: Database;
beforeAll(async () => {
  database = await openTestDatabase(runtime);
});

async function newPartner() {
  const { publicKey, privateKey } = await generateKeyPair('ES256');
  const id = `ptn_${crypto.randomUUID()}`;
  const publicKeys: JWK[] = [{ ...(await exportJWK(publicKey)), kid: 'k1' }];
  const sign = (atMs: number) =>
    new SignJWT({ iss: id, sub: id, aud: URL, jti: crypto.randomUUID() })
      .setProtectedHeader({ alg: 'ES256', kid: 'k1' })
      .setExpirationTime(Math.floor(atMs / 1000) + 300)
      .sign(privateKey);
  return { partner: { id, publicKeys } as unknown as PartnerAccount, sign };
}

test.each([-HOUR_MS, 0, HOUR_MS])(
  'an assertion counts once where the clock of the service is %d ms from that of the database',
  async (offsetMs) => {
    const { partner, sign } = await newPartner();
    const now = () => new Date(Date.now() + offsetMs);
    const check = createAssertionCheck({ database, isAudience: (address) => address === URL, now });
    const first = await sign(now().getTime());
    expect(await check(first, partner, null)).toBe(true);
    // Others make room on their way.
    expect(await check(await sign(now().getTime()), partner, null)).toBe(true);
    expect(await check(first, partner, null)).toBe(false);
  },
);
