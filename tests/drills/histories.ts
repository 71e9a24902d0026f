import { eventually } from '../harness/engines.ts';
import { createCustomers } from './customers.ts';
import type { Drill, Stage } from './drill.ts';
import { countUnexplained, createClient } from './histories/client.ts';
import { storm } from './storm.ts';

/** Customers at work at the same time. */
const AT_ONCE = 20;

/**
 * Concurrent clients of each customer analyze, accept, close and read while services and engines are killed
 * and frozen. The responses, and the tables at the end, must have one order in which the offers and limits of
 * the contract would have said the same. `--offers N`: 2N histories.
 */
export const histories: Drill = {
  name: 'histories',
  summary:
    'concurrent clients analyze, accept and close under kills: each history has an order that explains it',
  events: 200,
  async run(stage) {
    const { faults, random, sql, system } = stage;
    const customers = await createCustomers(system, sql, random, stage.customers.length);
    const load = stage.startLoad({ analyses: false });
    const clients = customers.map((customer) => createClient(stage, customer));
    const acting = inGroups(clients, (client) => client.act());
    await storm(stage, acting, { pauseMs: [200, 900], freezeMs: [200, 1000] });
    await load.done;
    await faults.allBack();
    await untilNoneIsAccepted(stage);
    const unexplained = await countUnexplained(stage, clients);
    stage.claim('every history has an order that explains it', unexplained === 0);
    const counts = Map.groupBy(
      clients.flatMap(({ operations }) => operations),
      ({ step, isUncertain }) => (isUncertain ? 'uncertain' : step.kind),
    );
    return {
      histories: clients.length,
      unexplained,
      ...Object.fromEntries([...counts].map(([kind, operations]) => [kind, operations.length])),
    };
  },
};

async function inGroups<T>(items: T[], work: (item: T) => Promise<unknown>): Promise<void> {
  const remaining = [...items];
  const lane = async () => {
    for (let item = remaining.pop(); item !== undefined; item = remaining.pop()) await work(item);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, lane));
}

export function untilNoneIsAccepted({ sql }: Stage) {
  return eventually(
    'every accepted limit is active',
    async () => {
      const [row] = await sql`select count(*)::int as count from credit_limits where status = 'accepted'`;
      return row?.count === 0;
    },
    30_000,
  );
}
