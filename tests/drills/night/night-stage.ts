import { openDatabase } from '../../../platform/data/sql.ts';
import { createLog } from '../../../platform/kernel/log.ts';
import { ConflictError } from '../../../sdk/index.ts';
import { createCustomers, type Customer } from '../customers.ts';
import type { Stage } from '../drill.ts';

/** A stage with a database that survives the death of its server in the middle of a handshake. */
export type NightStage = ReturnType<typeof openNight>;

export function openNight(stage: Stage) {
  const log = createLog({ name: 'drill', level: 'silent' });
  const database = openDatabase({ url: stage.system.databaseUrl, name: 'drill', poolSize: 8, log });
  return { ...stage, query: database.query, close: database.close };
}

/** Much longer than any one fault of a storm and its recovery: a storm leaves a service few calm seconds. */
const DEADLINE_MS = 600_000;
const PAUSE_MS = 200;

/** Repeats a step until it succeeds, as a partner would: any of its services may be dead at the moment. */
export async function insist<T>(name: string, step: () => Promise<T>): Promise<T> {
  const deadline = Date.now() + DEADLINE_MS;
  for (;;) {
    try {
      return await step();
    } catch (error) {
      if (Date.now() > deadline) throw new Error(`${name}: ${String(error)}`, { cause: error });
      await Bun.sleep(PAUSE_MS);
    }
  }
}

/** The same; a problem with the code means that the step was done before, and its response was lost. */
export function insistOnce(name: string, doneCode: string, step: () => Promise<unknown>): Promise<void> {
  return insist(name, async () => {
    try {
      await step();
    } catch (error) {
      if (!(error instanceof ConflictError && error.code === doneCode)) throw error;
    }
  });
}

export async function newCustomer({ query, system, random }: NightStage): Promise<Customer> {
  const step = () => query((sql) => createCustomers(system, sql, random, 1));
  const [customer] = await insist('a customer', step);
  return customer as Customer;
}

/** Repeats work, with a pause after each time, until it is over. */
export async function repeat(
  { random }: NightStage,
  over: AbortSignal,
  [shortestMs, longestMs]: readonly [number, number],
  work: () => Promise<void>,
): Promise<void> {
  while (!over.aborted) {
    await work();
    await Bun.sleep(random.integer(shortestMs, longestMs));
  }
}
