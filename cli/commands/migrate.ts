import type { Command } from 'commander';
import { migrate } from '../../platform/data/migrate.ts';
import { run } from '../ui/failure.ts';
import { print, printJson, talk } from '../ui/output.ts';
import type { SystemFlags } from '../config/session.ts';
import { resolveDatabase } from '../config/context.ts';
import { requireDatabase } from '../config/database.ts';

export function register(program: Command): void {
  program
    .command('migrate')
    .description('Migrates DATABASE_URL, or else the database of the system that is meant.')
    .action(run(migrateIt));
}

async function migrateIt(flags: SystemFlags): Promise<void> {
  const { databaseUrl } = resolveDatabase(flags);
  const result = await migrate(requireDatabase(databaseUrl), {
    onWait: (sessions) => talk(`a table is in use, waiting: in transactions ${sessions}`),
  });
  if (flags.json) printJson(result);
  else if (result.applied.length === 0) print(`up to date (version ${result.version})`);
  else for (const name of result.applied) print(`applied ${name}`);
}
