import { Elysia } from 'elysia';
import { ENDPOINTS } from '../../../sdk/contracts/endpoints.ts';
import type { Database } from '../../../platform/data/sql.ts';
import { type Contract, contract } from '../../../platform/http/contract.ts';
import { elysiaPath } from '../../../platform/http/http.ts';
import { problem } from '../../../platform/kernel/errors.ts';
import { requirePolicy } from '../../../platform/policies/require-policy.ts';
import { selectDecision } from './decision-store.ts';
import { listDecisions } from './list-decisions.ts';
import { explainDecision, replayDecision } from './replay-decision.ts';

export interface DecisionFlows {
  database: Database;
}

export function decisionRoutes(plugin: Contract, { database }: DecisionFlows) {
  const {
    getDecisionAsOperator,
    listDecisionsAsOperator,
    explainDecision: explain,
    replayDecision: replay,
  } = ENDPOINTS;
  return new Elysia({ name: 'decisions' })
    .use(plugin)
    .get(
      elysiaPath(listDecisionsAsOperator.path),
      async ({ query }) => {
        const lines = await listDecisions(database, query);
        // A policy that is not there decided nothing: its name has a typing error.
        if (lines.items.length === 0 && query.policy_version !== undefined)
          await requirePolicy(database, query.policy_version);
        return { ...lines };
      },
      contract(listDecisionsAsOperator),
    )
    .get(
      elysiaPath(explain.path),
      async ({ params }) => ({ ...(await explainDecision(database, params.analysis_id)) }),
      contract(explain),
    )
    .post(
      elysiaPath(replay.path),
      async ({ params }) => ({ ...(await replayDecision(database, params.analysis_id)) }),
      contract(replay),
    )
    .get(
      elysiaPath(getDecisionAsOperator.path),
      async ({ params }) => {
        const decision = await selectDecision(database, params.analysis_id);
        if (!decision) throw problem('analysis_not_found');
        return { ...decision };
      },
      contract(getDecisionAsOperator),
    );
}
