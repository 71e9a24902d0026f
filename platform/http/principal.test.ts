import { expect, test } from 'bun:test';
import { ENDPOINT_LIST } from '../../sdk/contracts/endpoints.ts';
import { PARTNER_SCOPES } from '../../sdk/contracts/partner-scopes.ts';
import { createPartnerTokens } from './partner-token.ts';
import { authenticate, createKeys } from './principal.ts';

const SECRET_KEY = 's'.repeat(32);
const keys = createKeys({ SECRET_KEY });
const partnerTokens = createPartnerTokens({ secretKey: SECRET_KEY });
const ofPartners = ENDPOINT_LIST.filter(([, { scope }]) => scope !== undefined);

/** The gateway asks before the body is read, whatever the service asks again. */
test.each(ofPartners)(
  'a partner is let to %s by its scope alone, before the body is read',
  async (_, endpoint) => {
    for (const scope of PARTNER_SCOPES) {
      const claims = { id: 'ptn_1', scopes: [scope], eventsPerSecond: 10, tokenVersion: 1 };
      const { token } = await partnerTokens.sign(claims);
      const request = new Request('http://api', { headers: { authorization: `Bearer ${token}` } });
      const outcome = await authenticate(request, endpoint, keys).then(
        ({ kind }) => kind,
        ({ code }: { code: string }) => code,
      );
      expect([scope, outcome]).toEqual([scope, scope === endpoint.scope ? 'partner' : 'insufficient_scope']);
    }
  },
);

test('services of one process verify a token once, and each still decides about its customer', async () => {
  const userId = crypto.randomUUID();
  const { token } = await keys.tokens.sign(userId);
  const request = new Request('http://api', { headers: { authorization: `Bearer ${token}` } });
  const service = createKeys({ SECRET_KEY }, (erased) => erased === userId);

  expect(await service.tokens.verify(token)).toBe(await keys.tokens.verify(token));
  expect(await authenticate(request, { auth: 'bearer' }, keys)).toMatchObject({ kind: 'customer', userId });
  await expect(authenticate(request, { auth: 'bearer' }, service)).rejects.toMatchObject({
    code: 'invalid_token',
  });
  const other = createKeys({ SECRET_KEY: 'o'.repeat(32) });
  expect(await other.tokens.verify(token)).toBeNull();
});
