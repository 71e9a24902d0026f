import { Elysia } from 'elysia';
import { ENDPOINTS } from '../../../sdk/contracts/endpoints.ts';
import { selectAct, selectActs } from '../../../platform/audit/act-store.ts';
import { collectEvidence } from '../../../platform/audit/evidence/collect-evidence.ts';
import type { Database } from '../../../platform/data/sql.ts';
import { type Contract, contract } from '../../../platform/http/contract.ts';
import { elysiaPath } from '../../../platform/http/http.ts';
import { toListPage, unknownCursor } from '../../../platform/http/list-page.ts';
import { requireOperator } from '../../../platform/http/principal.ts';
import { problem } from '../../../platform/kernel/errors.ts';
import type { ChainName } from './check-links.ts';
import { selectVerifications } from './verification-store.ts';
import { createChainVerification } from './verify-chain.ts';

export function auditRoutes(plugin: Contract, flows: { database: Database }) {
  return new Elysia({ name: 'audit' }).use(actReads(plugin, flows)).use(chainReads(plugin, flows));
}

function actReads(plugin: Contract, { database }: { database: Database }) {
  const { listActs, getAct, getEvidence } = ENDPOINTS;
  return new Elysia({ name: 'acts' })
    .use(plugin)
    .get(
      elysiaPath(listActs.path),
      async ({ query: { cursor, since, page_size = 20, ...filter } }) => {
        const before = cursor === undefined ? null : await database.query((sql) => selectAct(sql, cursor));
        if (cursor !== undefined && !before) {
          throw unknownCursor();
        }
        const acts = await database.query((sql) =>
          selectActs(sql, {
            ...filter,
            since: since === undefined ? null : new Date(since),
            before,
            limit: page_size + 1,
          }),
        );
        return toListPage(acts, page_size, ({ id }) => id);
      },
      contract(listActs),
    )
    .get(
      elysiaPath(getAct.path),
      async ({ params: { act_id: id } }) => {
        const act = await database.query((sql) => selectAct(sql, id));
        if (!act) throw problem('act_not_found');
        return { ...act };
      },
      contract(getAct),
    )
    .get(
      elysiaPath(getEvidence.path),
      async ({ params: { evidence_id: id } }) => {
        const files = await collectEvidence((statement) => database.query(statement), id, {
          anchors: [],
          madeAt: new Date(),
        });
        if (!files) throw problem('evidence_not_found');
        return { files };
      },
      contract(getEvidence),
    );
}

function chainReads(plugin: Contract, { database }: { database: Database }) {
  const { listChains, verifyChain: verify } = ENDPOINTS;
  const verifyPage = createChainVerification(database);
  return new Elysia({ name: 'chains' })
    .use(plugin)
    .get(
      elysiaPath(listChains.path),
      async () => {
        const states = await selectVerifications(database);
        return {
          items: states.map(({ chain, position, faultPosition, seenPosition, steppedAt, completedAt }) => ({
            chain,
            fault_position: faultPosition,
            position,
            head: seenPosition,
            stepped_at: steppedAt.toISOString(),
            completed_at: completedAt?.toISOString() ?? null,
          })),
        };
      },
      contract(listChains),
    )
    .get(
      elysiaPath(verify.path),
      async ({ call, params, query: { after = 0, limit = 200 } }) => {
        const { name } = requireOperator(call.principal);
        const chain = params.chain as ChainName;
        return { ...(await verifyPage(name, chain, { after, limit })) };
      },
      contract(verify),
    );
}
