import type { Command } from 'commander';
import { migrate } from '../../platform/migrate.ts';
import { givenEnvironment } from '../environment.ts';
import { CliError, EXIT, print, printJson } from '../output.ts';
import { DEFAULT_DATA_DIR, resolveSystem } from '../system/target.ts';

export function register(program: Command): void {
  program
    .command('migrate')
    .summary('bring the database to the newest version')
    .description('Migrates DATABASE_URL, or else the database of the running system.')
    .option('--data-dir <folder>', 'the data folder of the system', DEFAULT_DATA_DIR)
    .option('--json', 'print JSON')
    .action(async (options: { dataDir: string; json?: boolean }) => {
      const databaseUrl = givenEnvironment().databaseUrl ?? resolveSystem(options).databaseUrl;
      if (!databaseUrl) throw new CliError('no database is known', EXIT.usage, 'set DATABASE_URL');
      const result = await migrate(databaseUrl);
      if (options.json) printJson(result);
      else if (result.applied.length === 0) print(`up to date (version ${result.version})`);
      else for (const name of result.applied) print(`applied ${name}`);
    });
}
