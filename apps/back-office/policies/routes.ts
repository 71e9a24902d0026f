import { Elysia } from 'elysia';
import { ENDPOINTS } from '../../../sdk/contracts/endpoints.ts';
import { BACKTEST_TYPES } from '../../../sdk/contracts/operator-backtests.ts';
import type { Database } from '../../../platform/data/sql.ts';
import type { Call } from '../../../platform/http/call.ts';
import { type Contract, contract } from '../../../platform/http/contract.ts';
import { eventStream, prefersEvents } from '../../../platform/http/event-stream.ts';
import { elysiaPath } from '../../../platform/http/http.ts';
import { type OperatorPrincipal, requireOperator } from '../../../platform/http/principal.ts';
import type { Idempotency } from '../../../platform/idempotency/idempotency.ts';
import { problem } from '../../../platform/kernel/errors.ts';
import type { Lifecycle } from '../../../platform/kernel/lifecycle.ts';
import type { Logger } from '../../../platform/kernel/log.ts';
import { selectPolicies, selectPolicyEvents, selectPolicy } from '../../../platform/policies/policy-reads.ts';
import { activate, rollBack } from './activate.ts';
import { compareModelsOf, comparePolicies } from './compare.ts';
import { type Backtests, createBacktests } from './run-backtests.ts';
import { createReadPolicy } from './read-policy.ts';
import { addDraft, approve, markTested, propose } from './change-state.ts';

export interface PolicyFlows {
  database: Database;
  idempotency: Idempotency;
  lifecycle: Lifecycle;
  log: Logger;
}

export function policyRoutes(plugin: Contract, flows: PolicyFlows) {
  return new Elysia({ name: 'policies' })
    .use(policyReads(plugin, flows))
    .use(policySteps(plugin, flows))
    .use(policyActivations(plugin, flows))
    .use(comparisons(plugin, flows));
}

function comparisons(plugin: Contract, flows: PolicyFlows) {
  const { database } = flows;
  const { comparePolicies: differences, backtestPolicy, followBacktest, compareModels } = ENDPOINTS;
  const backtests = createBacktests(database);
  return new Elysia({ name: 'comparisons' })
    .use(plugin)
    .get(
      elysiaPath(differences.path),
      async ({ params: { version }, query: { from } }) => ({
        ...(await comparePolicies(database, { from, to: version })),
      }),
      contract(differences),
    )
    .post(
      elysiaPath(backtestPolicy.path),
      async ({ params: { version }, body }) => ({ ...(await backtests.run(version, body.last)) }),
      contract(backtestPolicy),
    )
    .get(
      elysiaPath(followBacktest.path),
      async ({ call, params: { version }, query: { last } }) =>
        prefersEvents(call.request, BACKTEST_TYPES)
          ? followProgress(flows, requireOperator(call.principal), await backtests.open(version, last), call)
          : { ...(await backtests.run(version, last)) },
      contract(followBacktest),
    )
    .get(
      elysiaPath(compareModels.path),
      async ({ query }) => ({ ...(await compareModelsOf(database, query)) }),
      contract(compareModels),
    );
}

function followProgress(
  { lifecycle, log }: PolicyFlows,
  { tokenExpiresAtMs: untilMs }: OperatorPrincipal,
  { events, close }: Awaited<ReturnType<Backtests['open']>>,
  { request }: Call,
): Response {
  return eventStream({ events, untilMs, signals: [lifecycle.signal, request.signal], onClose: close, log });
}

function policyReads(plugin: Contract, { database }: PolicyFlows) {
  const { listPolicies, getPolicy } = ENDPOINTS;
  return new Elysia({ name: 'policy reads' })
    .use(plugin)
    .get(
      elysiaPath(listPolicies.path),
      async () => ({ items: [...(await database.query((sql) => selectPolicies(sql)))] }),
      contract(listPolicies),
    )
    .get(
      elysiaPath(getPolicy.path),
      async ({ params: { version } }) => {
        const [rows, stored, steps] = await Promise.all([
          database.query((sql) => selectPolicies(sql)),
          database.query((sql) => selectPolicy(sql, version)),
          database.query((sql) => selectPolicyEvents(sql, version)),
        ]);
        const row = rows.find((candidate) => candidate.version === version);
        if (!row || !stored) throw problem('policy_not_found', { detail: `There is no policy ${version}.` });
        return { ...row, document: stored.document, steps: [...steps] };
      },
      contract(getPolicy),
    );
}

function policySteps(plugin: Contract, { database, idempotency }: PolicyFlows) {
  const readPolicy = createReadPolicy();
  const { addPolicy, recordPolicyTest, proposePolicy, approvePolicy } = ENDPOINTS;
  return new Elysia({ name: 'policy steps' })
    .use(plugin)
    .post(
      elysiaPath(addPolicy.path),
      async ({ call, body }) =>
        idempotency.once(call, 200, async () => {
          const policy = await readPolicy(body.document);
          return { ...(await addDraft(database, policy, requireOperator(call.principal).name)) };
        }),
      contract(addPolicy),
    )
    .post(
      elysiaPath(recordPolicyTest.path),
      async ({ call, body, params: { version } }) =>
        idempotency.once(call, 200, async () => {
          const by = requireOperator(call.principal).name;
          await markTested(database, { ...body, version, by });
          return { version, state: 'tested', by };
        }),
      contract(recordPolicyTest),
    )
    .post(
      elysiaPath(proposePolicy.path),
      async ({ call, body, params: { version } }) =>
        idempotency.once(call, 200, async () => {
          const by = requireOperator(call.principal).name;
          await propose(database, version, by, body.note);
          return { version, state: 'proposed', by };
        }),
      contract(proposePolicy),
    )
    .post(
      elysiaPath(approvePolicy.path),
      async ({ call, body, params: { version } }) =>
        idempotency.once(call, 200, async () => {
          const by = requireOperator(call.principal).name;
          await approve(database, version, by, body.note);
          return { version, state: 'approved', by };
        }),
      contract(approvePolicy),
    );
}

function policyActivations(plugin: Contract, { database, idempotency }: PolicyFlows) {
  const { activatePolicy, rollBackPolicies } = ENDPOINTS;
  return new Elysia({ name: 'policy activations' })
    .use(plugin)
    .post(
      elysiaPath(activatePolicy.path),
      async ({ call, body, params: { version } }) =>
        idempotency.once(call, 200, async (held) => {
          const by = requireOperator(call.principal).name;
          const { jurisdictions = null, note = null, replaces } = body;
          return { ...(await activate(database, { version, jurisdictions, by, note, replaces, held })) };
        }),
      contract(activatePolicy),
    )
    .post(
      elysiaPath(rollBackPolicies.path),
      async ({ call, body }) =>
        idempotency.once(call, 200, async (held) => {
          const by = requireOperator(call.principal).name;
          const { version = null, jurisdictions = null, note } = body;
          return rollBack(database, { version, jurisdictions, by, note, held });
        }),
      contract(rollBackPolicies),
    );
}
