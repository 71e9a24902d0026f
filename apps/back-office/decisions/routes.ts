import { Elysia } from 'elysia';
import { ENDPOINTS } from '../../../sdk/contracts/endpoints.ts';
import type { RecordedDecision } from '../../../sdk/contracts/operator-decisions.ts';
import { isoMillis } from '../../../platform/data/iso-time.ts';
import type { Database } from '../../../platform/data/sql.ts';
import { type Contract, contract } from '../../../platform/http/contract.ts';
import { elysiaPath } from '../../../platform/http/http.ts';
import { problem } from '../../../platform/kernel/errors.ts';
import { requirePolicy } from '../../../platform/policies/require-policy.ts';
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

async function selectDecision(database: Database, analysisId: string): Promise<RecordedDecision | null> {
  const [row] = await database.query(
    (sql) => sql<RecordedDecision[]>`
      select a.id as analysis_id, user_id,
        ${isoMillis(sql, 'created_at')} as created_at,
        approved, risk_score, model_version, policy_version, jurisdiction, reasons, record, a.record_hash,
        case when position is null then null
          else jsonb_build_object('position', position, 'link', link) end as chain
      from credit_analyses a left join credit_analysis_chain chain on chain.analysis_id = a.id
      where a.id = ${analysisId}`,
  );
  return row ?? null;
}
