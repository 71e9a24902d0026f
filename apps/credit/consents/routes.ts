import { Elysia } from 'elysia';
import { type Consent, type ConsentPurpose, unsaidConsent } from '../../../sdk/contracts/consent.ts';
import { ENDPOINTS } from '../../../sdk/contracts/endpoints.ts';
import type { Database } from '../../../platform/data/sql.ts';
import { type Contract, contract } from '../../../platform/http/contract.ts';
import { elysiaPath } from '../../../platform/http/http.ts';
import { requireCustomer } from '../../../platform/http/principal.ts';
import { problem } from '../../../platform/kernel/errors.ts';
import { changeConsent, selectConsent } from './consent-store.ts';

export function consentRoutes(plugin: Contract, { database }: { database: Database }) {
  const { getConsent, putConsent } = ENDPOINTS;
  const readConsent = async (userId: string, purpose: ConsentPurpose): Promise<Consent> => {
    const consent = await selectConsent(database, userId, purpose);
    if (consent === undefined) throw problem('user_not_found');
    return consent ?? unsaidConsent(purpose);
  };
  return new Elysia({ name: 'consents' })
    .use(plugin)
    .get(
      elysiaPath(getConsent.path),
      async ({ call, params }) => {
        const { userId } = requireCustomer(call.principal);
        return { ...(await readConsent(userId, params.purpose as ConsentPurpose)) };
      },
      contract(getConsent),
    )
    .put(
      elysiaPath(putConsent.path),
      async ({ call, params, body }) => {
        const { userId } = requireCustomer(call.principal);
        const purpose = params.purpose as ConsentPurpose;
        const changed = await changeConsent(database, { userId, purpose, ...body });
        return { ...(changed ?? (await readConsent(userId, purpose))) };
      },
      contract(putConsent),
    );
}
