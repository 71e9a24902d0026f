import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { connectPostgres } from '../../platform/data/connect-postgres.ts';
import { streamNames } from '../../platform/messaging/inspect.ts';
import { TOPICS } from '../../platform/messaging/topics.ts';
import { DEAD_LETTERS } from '../../platform/messaging/topology.ts';
import { withBus } from '../config/broker.ts';
import { CliError } from '../ui/output.ts';
import { type Check, ok, problem } from './check.ts';

/** Checks PostgreSQL and NATS of a system from this machine. */

const MIGRATIONS = join(import.meta.dir, '..', '..', 'migrations');
const CONNECT_SECONDS = 3;

export async function checkDatabase(url: string): Promise<Check> {
  const sql = connectPostgres(url, { max: 1, name: 'ecs doctor', connectSeconds: CONNECT_SECONDS });
  try {
    const newest = Math.max(...readdirSync(MIGRATIONS).map((name) => Number.parseInt(name, 10) || 0));
    const [row] = await sql<{ version: number | null }[]>`
      select max(version)::int as version from schema_version`;
    const version = row?.version ?? 0;
    if (version < newest) return problem('database', `version ${version} of ${newest}`, 'ecs migrate');
    return ok('database', `version ${version}`);
  } catch (error) {
    if ((error as { code?: string }).code === '42P01') return problem('database', 'empty', 'ecs migrate');
    const why = (error as { code?: string }).code ?? 'no response';
    return problem('database', `cannot be used (${why})`, 'check DATABASE_URL');
  } finally {
    await sql.end({ timeout: 1 });
  }
}

export async function checkBroker(natsUrl: string): Promise<Check[]> {
  const expectedStreams = [...Object.values(TOPICS).map(({ stream }) => stream), DEAD_LETTERS.stream];
  try {
    return await withBus(natsUrl, async (bus) => {
      const present = new Set(await streamNames(bus));
      const missing = expectedStreams.filter((stream) => !present.has(stream));
      if (missing.length === 0) return [ok('broker', `${expectedStreams.length} streams`)];
      const remedy = 'the services make them when they start: ecs status';
      return [problem('broker', `no stream ${missing.join(', ')}`, remedy)];
    });
  } catch (error) {
    const why = error instanceof CliError || error instanceof Error ? error.message : String(error);
    return [problem('broker', why, 'check NATS_URL')];
  }
}
