import { Elysia } from 'elysia';
import type { ConsentPurpose } from '../../../sdk/contracts/consent.ts';
import { ENDPOINTS } from '../../../sdk/contracts/endpoints.ts';
import type { Database } from '../../../platform/data/sql.ts';
import { type Contract, contract } from '../../../platform/http/contract.ts';
import { elysiaPath } from '../../../platform/http/http.ts';
import { requireCustomer } from '../../../platform/http/principal.ts';
import { createChangeConsent, readConsent } from './change-consent.ts';

export function consentRoutes(plugin: Contract, { database }: { database: Database }) {
  const { getConsent, putConsent } = ENDPOINTS;
  const changeConsent = createChangeConsent(database);
  return new Elysia({ name: 'consents' })
    .use(plugin)
    .get(
      elysiaPath(getConsent.path),
      async ({ call, params }) => {
        const { userId } = requireCustomer(call.principal);
        return { ...(await readConsent(database, userId, params.purpose as ConsentPurpose)) };
      },
      contract(getConsent),
    )
    .put(
      elysiaPath(putConsent.path),
      async ({ call, params, body }) => {
        const { userId } = requireCustomer(call.principal);
        return { ...(await changeConsent(userId, params.purpose as ConsentPurpose, body)) };
      },
      contract(putConsent),
    );
}
