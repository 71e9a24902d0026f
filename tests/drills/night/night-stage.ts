import { openDatabase } from '../../../platform/data/sql.ts';
import { createLog } from '../../../platform/kernel/log.ts';
import { ConflictError } from '../../../sdk/index.ts';
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

/**
 * Repeats a step until it succeeds, as a partner would: any of its services may be dead at the moment. A
 * conflict is a success whose response was lost: the step was done before.
 */
export async function insist<T>(name: string, step: () => Promise<T>): Promise<T | null> {
  const deadline = Date.now() + DEADLINE_MS;
  for (;;) {
    try {
      return await step();
    } catch (error) {
      if (error instanceof ConflictError) return null;
      if (Date.now() > deadline) throw new Error(`${name}: ${String(error)}`, { cause: error });
      await Bun.sleep(PAUSE_MS);
    }
  }
}
