import type { Command } from 'commander';
import { createCustomerHash } from '../../platform/privacy/customer-hash.ts';
import { selectLedger } from '../../platform/privacy/ledger-store.ts';
import { enterForgotten } from '../../platform/privacy/reapply-ledger.ts';
import { resolveDatabase } from '../config/context.ts';
import { withServiceDatabase } from '../config/database.ts';
import { requireErasureKey } from '../config/erasure-key.ts';
import type { SystemFlags } from '../config/session.ts';
import { run } from '../ui/failure.ts';
import { withExamples } from '../ui/help.ts';
import { CliError, EXIT, print, printJson, talk } from '../ui/output.ts';
import { readWhole } from '../ui/read-small.ts';

const LINE = /^([\w-]{43}) (\S+)$/;

export function register(program: Command): void {
  const privacy = program.command('privacy');
  withExamples(
    privacy,
    ['ecs privacy ledger > ledger.txt', 'keyed hashes: keep it apart from the dumps'],
    ['ecs privacy reapply ledger.txt', 'after a restore of database and broker'],
  );
  privacy.command('ledger').summary('the hash of every erased customer, and when').action(run(printLedger));
  privacy
    .command('reapply <file>')
    .summary('erase the customers of a ledger that are in the database again')
    .description(
      'The service `privacy` does this by itself from the ledger in the broker, at its start and every ' +
        '30 s. This is for a broker that was lost as well. Elsewhere: DATABASE_URL and ERASURE_KEY.',
    )
    .action(run(reapply));
}

async function printLedger(flags: SystemFlags): Promise<void> {
  const ledger = await withLedger(flags, ({ database }) => selectLedger(database));
  const rows = [...ledger].map(([customer_hash, requested_at]) => ({ customer_hash, requested_at }));
  if (flags.json) printJson({ ledger: rows });
  else for (const { customer_hash, requested_at } of rows) print(`${customer_hash} ${requested_at}`);
}

async function reapply(file: string, flags: SystemFlags): Promise<void> {
  const lines = readLines(file);
  const opened = await withLedger(flags, (deps) => enterForgotten(deps, lines));
  if (flags.json) printJson({ entries: lines.size, opened });
  else talk(`${lines.size} entries, ${opened} customers are erased again\nnext: ecs status`);
}

function readLines(file: string): Map<string, string> {
  const lines = readWhole(file)
    .split('\n')
    .filter((line) => line.trim() !== '');
  return new Map(
    lines.map((line, index) => {
      const [, hash = '', time = ''] = LINE.exec(line.trim()) ?? [];
      if (hash !== '' && !Number.isNaN(Date.parse(time))) return [hash, time];
      throw new CliError(`${file}:${index + 1} is no line of a ledger`, EXIT.usage, 'a hash and a time');
    }),
  );
}

async function withLedger<T>(
  flags: SystemFlags,
  work: (deps: Pick<Parameters<typeof enterForgotten>[0], 'database' | 'hashOf'>) => Promise<T>,
): Promise<T> {
  const context = resolveDatabase(flags);
  return withServiceDatabase(context.databaseUrl, (database) =>
    work({ database, hashOf: createCustomerHash(requireErasureKey(context)) }),
  );
}
