import type { CreditAnalysis } from '../../sdk/contracts/credit.ts';
import { EcsClient, type EcsClientOptions, userIdOfToken } from '../../sdk/index.ts';
import type { PartnerScope } from '../../sdk/contracts/partner-scopes.ts';
import { createFakeEcs, type FakePartnerCredentials } from '../../sdk/testing/index.ts';
import { usePartners } from '../harness/partners.ts';
import { useSystem } from '../harness/system.ts';

/** An implementation of the API: the real system, or the fake that partners test with. */
export interface TestedSystem {
  baseUrl: string;
  internalKey: string;
  fetch(url: string, init?: RequestInit): Promise<Response>;
  /** Adds a partner with scopes. */
  newPartner(scopes?: readonly PartnerScope[]): Promise<FakePartnerCredentials>;
  /** How many transactions of a user are stored: no endpoint tells. */
  countTransactions(userId: string): Promise<number>;
}

export interface RegisteredCustomer {
  id: string;
  email: string;
  password: string;
  token: string;
  ecs: EcsClient;
}

/** Both, side by side. */
export function useSystems(): Record<'fake' | 'real', () => TestedSystem> {
  const system = useSystem({ split: false });
  const fake = createFakeEcs();
  return {
    fake: () => ({
      baseUrl: fake.baseUrl,
      internalKey: fake.internalKey,
      fetch: fake.fetch,
      newPartner: async (scopes) => fake.newPartner(scopes),
      countTransactions: async (userId) => fake.eventsOf(userId).transactions.length,
    }),
    real: () => ({
      baseUrl: system().url,
      internalKey: system().internalKey,
      fetch: (url, init) => fetch(url, init),
      async newPartner(scopes) {
        const partners = await usePartners(system());
        const { client_id, client_secret } = await partners.add(scopes ? { scopes: [...scopes] } : {});
        return { clientId: client_id, clientSecret: client_secret };
      },
      async countTransactions(userId) {
        const [row] = await system().sql`
          select count(*)::int as count from transactions where user_id = ${userId}`;
        return row?.count as number;
      },
    }),
  };
}

export function clientOf(system: TestedSystem, options: Partial<EcsClientOptions> = {}): EcsClient {
  return new EcsClient({ baseUrl: system.baseUrl, fetch: system.fetch, ...options });
}

export async function registerCustomer(system: TestedSystem): Promise<RegisteredCustomer> {
  const email = `${crypto.randomUUID()}@example.com`;
  const password = 'a long passphrase';
  const { auth } = clientOf(system);
  const { id } = await auth.register({ email, password });
  const { access_token: token } = await auth.login({ email, password });
  if (userIdOfToken(token) !== id) throw new Error('the token is not of its user');
  return { id, email, password, token, ecs: clientOf(system, { token }) };
}

/** Returns an analysis without the fields that are new each time. */
export function substanceOf(analysis: CreditAnalysis) {
  const { user_id: _user, analysis_id: _analysis, offer, ...rest } = analysis;
  if (offer === null) return { ...rest, offer };
  const { offer_id: _offer, expires_at: _expiry, ...terms } = offer;
  return { ...rest, offer: terms };
}
