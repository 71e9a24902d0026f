import { expect, test } from 'bun:test';
import { readOptions } from '../options/options.ts';
import { STATS } from '../protocol/messages.ts';
import { createUserPool } from '../script/user-pool.ts';
import { createConductor } from './conductor.ts';
import { runExecutor } from './executors.ts';

const DURATION = '1s';
const stages = [{ duration: DURATION, target: 3 }];
const SCENARIOS = {
  'shared-iterations': { vus: 3, iterations: 3, maxDuration: DURATION },
  'per-vu-iterations': { vus: 3, maxDuration: DURATION },
  'constant-vus': { vus: 3, duration: DURATION },
  'ramping-vus': { startVUs: 3, stages },
  'constant-arrival-rate': { rate: 50, duration: DURATION, preAllocatedVUs: 3 },
  'ramping-arrival-rate': { startRate: 50, stages, preAllocatedVUs: 3 },
};

for (const [executor, fields] of Object.entries(SCENARIOS)) {
  test(`${executor}: a scenario whose users never open ends on time`, async () => {
    const pool = createUserPool(() => new Promise(() => {}));
    expect(await pool.prepare(3, 1)).toBe(0);
    const { scenarios } = readOptions({ scenarios: { a: { executor, ...fields } } });
    const conductor = createConductor(
      {
        pool,
        setupData: undefined,
        stats: new Float64Array(Object.keys(STATS).length),
        minIterationDurationMs: 0,
        signal: new AbortController().signal,
        emit: () => {},
        onIteration: () => {},
        onScriptError: () => {},
        abort: () => {},
        watch: (work) => work as Promise<void>,
      },
      scenarios[0]!,
      { scenario: 'a', share: 0, text: '' },
    );
    // The test's own timeout is the bound.
    await runExecutor(conductor);
  });
}
