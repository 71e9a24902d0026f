import type { Command } from 'commander';
import { dropPartition, listExpired } from '../../platform/data/event-tables.ts';
import { run } from '../ui/failure.ts';
import { withExamples } from '../ui/help.ts';
import { printJson, printTable, talk } from '../ui/output.ts';
import { readInteger, type SystemFlags } from '../config/session.ts';
import { resolveDatabase } from '../config/context.ts';
import { withServiceDatabase } from '../config/database.ts';

interface Flags extends SystemFlags {
  months: string;
  dryRun?: boolean;
}

/** An event may be a month old when it comes, and be replayed after that: its month must still be known. */
const MONTHS_MIN = 2;

export function register(program: Command): void {
  const command = program
    .command('retention')
    .description('Daily sums, analyses and offers stay; what is dropped are raw emotions and transactions.')
    .option('--months <n>', 'keep so many months before this one', '13')
    .option('--dry-run', 'only say what would go')
    .action(
      run(async (flags: Flags) => {
        const months = readInteger('--months', flags.months, { min: MONTHS_MIN, max: 1200 });
        const { databaseUrl } = resolveDatabase(flags);
        const expired = await withServiceDatabase(databaseUrl, async (database) => {
          const partitions = await listExpired(database, months);
          if (!flags.dryRun) for (const partition of partitions) await dropPartition(database, partition);
          return partitions;
        });
        if (flags.json) printJson({ dropped: !flags.dryRun, partitions: expired });
        else if (expired.length === 0) talk(`nothing is older than ${months} months`);
        else printTable(expired.map((partition) => ({ ...partition, dropped: !flags.dryRun })));
      }),
    );
  withExamples(
    command,
    ['ecs retention --months 13 --dry-run', 'what would go'],
    ['ecs retention --months 13'],
  );
}
