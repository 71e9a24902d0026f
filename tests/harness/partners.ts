import type { NewPartner, PartnerSecret } from '../../sdk/contracts/operator-partners.ts';
import { PARTNER_SCOPES, type PartnerScope } from '../../sdk/contracts/partner-scopes.ts';
import { newOperator, type TestOperator } from './operators.ts';
import { bearer } from './system.ts';

type Fields = Record<string, string>;

/** Partners of a system, made by an operator over HTTP. */
export interface TestPartners {
  operator: TestOperator;
  /** Sends an operator's request to `/v1/operators/partners…`. */
  act(method: string, path: string, body?: object): Promise<Response>;
  /** Adds a partner, with every scope unless some are named. */
  add(partner?: Partial<NewPartner>): Promise<PartnerSecret & { client_secret: string }>;
  /** Requests a token with a form of these fields. */
  requestToken(fields: Fields, headers?: Fields): Promise<Response>;
  /** Returns a bearer token of a partner. */
  tokenOf(partner: PartnerSecret, scopes?: readonly PartnerScope[]): Promise<string>;
}

export async function usePartners(system: Parameters<typeof newOperator>[0]): Promise<TestPartners> {
  const operator = await newOperator(system, ['operator']);
  const act: TestPartners['act'] = (method, path, body) =>
    fetch(`${system.url}/v1/operators/partners${path}`, {
      method,
      headers: { ...bearer(operator), 'content-type': 'application/json' },
      ...(body ? { body: JSON.stringify(body) } : {}),
    });
  const requestToken: TestPartners['requestToken'] = (fields, headers = {}) =>
    fetch(`${system.url}/v1/oauth/token`, {
      method: 'POST',
      headers,
      body: new URLSearchParams({ grant_type: 'client_credentials', ...fields }),
    });
  return {
    operator,
    act,
    requestToken,
    async add(partner = {}) {
      const name = `partner ${crypto.randomUUID()}`;
      const response = await act('POST', '', { name, scopes: PARTNER_SCOPES, ...partner });
      if (!response.ok) throw new Error(`a new partner: ${response.status} ${await response.text()}`);
      return (await response.json()) as PartnerSecret & { client_secret: string };
    },
    async tokenOf({ client_id, client_secret }, scopes) {
      const response = await requestToken({
        client_id,
        client_secret: client_secret ?? '',
        ...(scopes ? { scope: scopes.join(' ') } : {}),
      });
      if (!response.ok) throw new Error(`a token: ${response.status} ${await response.text()}`);
      return ((await response.json()) as { access_token: string }).access_token;
    },
  };
}
