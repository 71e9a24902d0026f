import { replayDecisions } from '../../../cli/decisions/replay-decisions.ts';
import shipped from '../../../underwriting/policies/v1.json';
import { openOperator } from '../../harness/operators.ts';
import { insistOnce, type NightStage } from './night-stage.ts';

/** Activates a policy with shorter offers and rolls it back, in turn. */
export async function openPolicies(stage: NightStage) {
  const { system, sql, random } = stage;
  const risk = await openOperator({ url: system.url, sql }, ['risk']);
  const approver = await openOperator({ url: system.url, sql }, ['approver', 'auditor']);
  const version = 'night-1';
  await risk.policies.add({ ...shipped, version, title: 'Of the night', offer_days: 5 });
  const { hash } = await risk.policies.backtest(version);
  await risk.policies.recordTest(version, { hash, note: 'before any decision', figures: {} });
  await risk.policies.propose(version, 'for the night');
  await approver.policies.approve(version, 'for the night');
  let changes = 0;
  return {
    async run(over: AbortSignal): Promise<void> {
      while (!over.aborted) {
        await insistOnce('an activation', 'wrong_policy_state', () =>
          approver.policies.activate(version, { note: 'in turn' }),
        );
        await Bun.sleep(random.integer(500, 3000));
        // Nothing was active before the shipped policy.
        await insistOnce('a rollback', 'no_policy_before', () =>
          approver.policies.rollBack({ note: 'in turn' }),
        );
        await Bun.sleep(random.integer(500, 3000));
        changes += 2;
      }
    },
    /** Claims that every decision replays and that both chains are whole. */
    async judge(): Promise<number> {
      const { findings } = await replayDecisions(sql, {}, (finding) => stage.note(JSON.stringify(finding)));
      stage.claim('every decision is made again as it was recorded', findings === 0);
      let faults = 0;
      for (let after: number | null = 0; after !== null; ) {
        const page = await approver.audit.verify('acts', { after });
        faults += page.faults.length;
        after = page.next_after;
      }
      stage.claim('the chain of acts is whole', faults === 0);
      return changes;
    },
  };
}
