import { Elysia } from 'elysia';
import { ENDPOINTS } from '../../../sdk/contracts/endpoints.ts';
import type { Database } from '../../../platform/data/sql.ts';
import { type Contract, contract } from '../../../platform/http/contract.ts';
import { elysiaPath } from '../../../platform/http/http.ts';
import { requireOperator } from '../../../platform/http/principal.ts';
import type { Call } from '../../../platform/http/call.ts';
import type { HeldKey } from '../../../platform/idempotency/idempotency-store.ts';
import type { Idempotency } from '../../../platform/idempotency/idempotency.ts';
import { problem } from '../../../platform/kernel/errors.ts';
import { addPartner, requirePartner, rotatePartner } from './manage-partners.ts';
import { changePartnerStatus, type PartnerLine, selectPartners, updatePartner } from './partner-store.ts';

export interface PartnerFlows {
  database: Database;
  idempotency: Idempotency;
}

const byOf = ({ principal }: Call) => requireOperator(principal).name;

export function partnerRoutes(plugin: Contract, flows: PartnerFlows) {
  return new Elysia({ name: 'partners' }).use(credentials(plugin, flows)).use(states(plugin, flows));
}

function credentials(plugin: Contract, { database, idempotency }: PartnerFlows) {
  const { listPartners, getPartner, addPartner: add, rotatePartner: rotate } = ENDPOINTS;
  return new Elysia({ name: 'partners and credentials' })
    .use(plugin)
    .get(
      elysiaPath(listPartners.path),
      async () => ({ items: [...(await selectPartners(database))] }),
      contract(listPartners),
    )
    .get(
      elysiaPath(getPartner.path),
      async ({ call }) => ({ ...(await requirePartner(database, idOf(call))) }),
      contract(getPartner),
    )
    .post(
      elysiaPath(add.path),
      async ({ call, body }) =>
        idempotency.once(call, 200, async (held) => ({
          ...(await addPartner(database, body, { by: byOf(call), held })),
        })),
      contract(add),
    )
    .post(
      elysiaPath(rotate.path),
      async ({ call, body }) =>
        idempotency.once(call, 200, async (held) => ({
          ...(await rotatePartner(database, idOf(call), body, { by: byOf(call), held })),
        })),
      contract(rotate),
    );
}

function states(plugin: Contract, { database, idempotency }: PartnerFlows) {
  const { changePartner, removePartner, disablePartner, enablePartner } = ENDPOINTS;
  const setStatus = async (call: Call, status: PartnerLine['status'], held: HeldKey | null = null) => {
    await changePartnerStatus(database, idOf(call), status, { by: byOf(call), held });
    const partner = await requirePartner(database, idOf(call));
    if (partner.status !== status) throw problem('partner_removed');
    return { ...partner };
  };
  return new Elysia({ name: 'states of partners' })
    .use(plugin)
    .put(
      elysiaPath(changePartner.path),
      async ({ call, body }) => {
        const { scopes = null, events_per_second: eventsPerSecond = null } = body;
        const change = { scopes, eventsPerSecond, by: byOf(call) };
        const isChanged = await updatePartner(database, idOf(call), change);
        const partner = await requirePartner(database, idOf(call));
        if (!isChanged) throw problem('partner_removed');
        return { ...partner };
      },
      contract(changePartner),
    )
    .delete(
      elysiaPath(removePartner.path),
      async ({ call }) => setStatus(call, 'removed'),
      contract(removePartner),
    )
    .post(
      elysiaPath(disablePartner.path),
      async ({ call }) => idempotency.once(call, 200, (held) => setStatus(call, 'disabled', held)),
      contract(disablePartner),
    )
    .post(
      elysiaPath(enablePartner.path),
      async ({ call }) => idempotency.once(call, 200, (held) => setStatus(call, 'active', held)),
      contract(enablePartner),
    );
}

const idOf = ({ params }: Call) => params.client_id ?? '';
