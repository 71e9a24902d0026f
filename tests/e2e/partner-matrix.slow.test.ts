import { beforeAll, describe, expect, test } from 'bun:test';
import { createPartnerTokens } from '../../platform/http/partner-token.ts';
import type { Endpoint } from '../../sdk/contracts/endpoint.ts';
import { ENDPOINT_LIST } from '../../sdk/contracts/endpoints.ts';
import { PARTNER_SCOPES, type PartnerScope } from '../../sdk/contracts/partner-scopes.ts';
import { newOperator } from '../harness/operators.ts';
import { usePartners } from '../harness/partners.ts';
import { bearer, useSystem } from '../harness/system.ts';

/**
 * Every endpoint with every scope of a partner, through the gateway and at the service's own port. The
 * expectation of a cell is derived from the table of endpoints.
 */
const system = useSystem({ split: true });

describe('a token of a partner', () => {
  const scopesOf = (scope: PartnerScope) => [scope] as const;
  const tokens = new Map<PartnerScope, string>();
  const strangers = new Map<string, string>();
  const ofPartners = ENDPOINT_LIST.filter(([, { scope }]) => scope !== undefined);
  const ofOthers = ENDPOINT_LIST.filter(([, { scope, auth }]) => scope === undefined && auth !== 'none');

  beforeAll(async () => {
    const partners = await usePartners(system());
    const partner = await partners.add();
    for (const scope of PARTNER_SCOPES) tokens.set(scope, await partners.tokenOf(partner, scopesOf(scope)));
    const { secretKey } = system();
    const claims = { id: partner.client_id, scopes: PARTNER_SCOPES, eventsPerSecond: 1000, tokenVersion: 1 };
    const earlier = createPartnerTokens({ secretKey, now: () => new Date(Date.now() - 901_000) });
    strangers.set('expired', (await earlier.sign(claims)).token);
    const foreign = createPartnerTokens({ secretKey: 'another key that is as long as it has to be' });
    strangers.set('forged', (await foreign.sign(claims)).token);
    const operator = await newOperator(system());
    strangers.set('of an operator', operator.token);
  }, 60_000);

  describe.each(['the gateway', 'the service itself'])('through %s', (place) => {
    test.each(ofPartners)('opens %s with its scope alone', async (_, endpoint) => {
      for (const scope of PARTNER_SCOPES) {
        const expected = scope === endpoint.scope ? 'open' : '403 insufficient_scope';
        const outcome = await outcomeOf(place, endpoint, tokens.get(scope));
        expect([scope, outcome]).toEqual([scope, expected]);
      }
      for (const [name, token] of strangers) {
        if (endpoint.auth === 'operator' && name === 'of an operator') continue;
        expect([name, await outcomeOf(place, endpoint, token)]).toEqual([name, '401 invalid_token']);
      }
    });

    test.each(ofOthers)('never opens %s', async (_, endpoint) => {
      for (const token of tokens.values()) {
        expect(await outcomeOf(place, endpoint, token)).toBe('401 invalid_token');
      }
    });
  });
});

/** Sends a request that does nothing; returns `open`, or the problem. */
async function outcomeOf(place: string, endpoint: Endpoint, token = ''): Promise<string> {
  const { method, path, params = {}, body } = endpoint;
  const filled = path.replace(/\{(\w+)\}/g, (_, name: string) =>
    params[name]?.pattern === undefined ? crypto.randomUUID() : 'no-such-thing',
  );
  const base = place === 'the gateway' ? system().url : ownUrlOf(endpoint);
  const response = await fetch(`${base}${filled}`, {
    method,
    headers: { ...bearer({ token }), ...(body ? { 'content-type': body.contentType } : {}) },
    ...(body ? { body: '[]' } : {}),
  });
  const { code } = (await response.json()) as { code?: string };
  const absent = Object.values(params).map((parameter) => parameter.absent as string);
  const isOpen = response.status < 400 || code === 'invalid_request' || absent.includes(code ?? '');
  return isOpen ? 'open' : `${response.status} ${code}`;
}

function ownUrlOf({ service }: Endpoint): string {
  const child = system()
    .state()
    .children.find(({ name }) => name === service);
  if (!child) throw new Error(`no process of ${service}`);
  return `http://127.0.0.1:${child.port}`;
}
