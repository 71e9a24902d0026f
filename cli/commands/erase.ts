import type { Command } from 'commander';
import { again } from '../ui/command-line.ts';
import { resolveDatabase } from '../config/context.ts';
import { withDatabase } from '../config/database.ts';
import { requireErasureKey } from '../config/erasure-key.ts';
import { readInteger, type SystemFlags } from '../config/session.ts';
import { requireCustomer } from '../customers/require-customer.ts';
import { requirePerson } from '../operators/require-person.ts';
import { run } from '../ui/failure.ts';
import { withExamples } from '../ui/help.ts';
import { needs } from '../ui/option-rules.ts';
import { CliError, EXIT, print, printJson, talk } from '../ui/output.ts';
import { createCustomerHash } from '../../platform/privacy/customer-hash.ts';
import { insertErasure, selectErasedAt } from '../../platform/privacy/ledger-store.ts';
import { pause } from '../../platform/kernel/lifecycle.ts';
import { monotonicMs } from '../../platform/kernel/monotonic-ms.ts';

interface Flags extends SystemFlags {
  by?: string;
  yes?: boolean;
  wait?: boolean;
  timeout: string;
}

const POLL_MS = 500;

export function register(program: Command): void {
  const command = program
    .command('erase <customer>')
    .description(
      'Erases a customer by id or e-mail address: rows, messages in streams, dead letters, cache. Open ' +
        'limits are closed, decisions are kept without the customer. It writes to the database (elsewhere ' +
        'it needs DATABASE_URL and ERASURE_KEY); the service `privacy` does the work.',
    );
  command
    .option('--by <name>', 'who asks, for the audit log (or ECS_OPERATOR)')
    .option('--yes', 'it cannot be undone, and you mean it')
    .option('--wait', 'until the customer is erased')
    .option('--timeout <seconds>', 'for --wait', '120')
    .action(run(erase));
  needs(command, '--timeout', '--wait');
  withExamples(
    command,
    ['ecs erase ada@example.com --by carol --yes --wait'],
    ['ecs erase 0198f3a2-7c11-7d3e-9b53-0d6a1f2c4e8a --by carol --yes'],
  );
}

async function erase(customer: string, flags: Flags): Promise<void> {
  const timeoutMs = readInteger('--timeout', flags.timeout, { min: 1, max: 3600 }) * 1000;
  const requestedBy = requirePerson(flags.by);
  if (!flags.yes) throw new CliError('an erasure cannot be undone', EXIT.usage, again({ '--yes': true }));
  const context = resolveDatabase(flags);
  const hashOf = createCustomerHash(requireErasureKey(context));
  const result = await withDatabase(context, 'ecs erase', async (sql) => {
    const user = await requireCustomer(sql, customer);
    const customerHash = hashOf(user.id);
    const isNew = await insertErasure(sql, { customerHash, userId: user.id, requestedBy });
    const deadlineMs = monotonicMs() + timeoutMs;
    let erasedAt: string | null = null;
    while (flags.wait && erasedAt === null) {
      if (monotonicMs() > deadlineMs) throw new CliError('not erased yet', EXIT.failed, 'ecs status');
      await pause(POLL_MS);
      erasedAt = (await selectErasedAt(sql, customerHash)) ?? null;
    }
    return { customer_hash: customerHash, is_new: isNew, erased_at: erasedAt };
  });
  if (flags.json) return printJson(result);
  print(`ledger   ${result.customer_hash}`);
  if (result.erased_at) print(`erased   ${result.erased_at}`);
  else talk(`${result.is_new ? 'requested' : 'was requested before'}\nnext: ecs status`);
}
