import type { Command } from 'commander';
import { Transaction } from '../../sdk/contracts/transaction.ts';
import type { TransactionInput } from '../../sdk/index.ts';
import {
  importOptions,
  type KeyFlags,
  keyOption,
  type PaceFlags,
  paceOptions,
} from '../events/event-commands.ts';
import { run } from '../ui/failure.ts';
import { withExamples } from '../ui/help.ts';
import { numberOf } from '../import/csv.ts';
import { importFile, type ImportFlags } from '../import/import-file.ts';
import type { EventKind } from '../import/read-event.ts';
import { CliError, EXIT, print, printJson } from '../ui/output.ts';
import { type CustomerFlags, customerOptions, openCustomer } from '../config/session.ts';
import { inventTransaction, simulate } from '../events/simulate.ts';

const IMPORT_HELP = `Sends a file of any size. Each line is a transaction:
  NDJSON   {"amount": 42.5, "occurredAt": "2026-11-23T09:30:00Z"}
  CSV      a header with amount; optional occurredAt, eventId, userId
Lines without an id get one that stays the same, so an import that goes on counts nothing twice.`;

const TRANSACTIONS: EventKind = {
  kind: 'transactions',
  schema: Transaction,
  columns: { required: ['amount'], optional: ['occurredAt', 'eventId', 'userId'] },
  fromRow: ({ amount, ...rest }) => ({ ...rest, amount: numberOf(amount) }),
  timeField: 'occurredAt',
};

type SendFlags = CustomerFlags & KeyFlags & { amount: string; at?: string };

export function register(program: Command): void {
  const transactions = program.command('transactions').summary('send transactions');

  withExamples(
    transactions,
    ['ecs transactions send --amount 42.50'],
    ['ecs transactions import spending.csv', 'a file of any size'],
    ['ecs transactions simulate --users 10 --events 1000 --rate 100/s'],
  );
  keyOption(customerOptions(transactions.command('send').summary('send one transaction')))
    .requiredOption('--amount <amount>', 'more than 0, at most 2 decimals')
    .option('--at <time>', 'when, ISO 8601 (default: now)')
    .action(run(sendOne));

  withExamples(
    importOptions(
      customerOptions(
        transactions
          .command('import <file>')
          .summary('send a file of transactions of any size, NDJSON or CSV; - is stdin')
          .description(IMPORT_HELP),
      ),
    ).action(
      run(async (file: string, flags: CustomerFlags & ImportFlags) => {
        const { ecs, userId, system, context } = openCustomer(flags);
        await importFile<TransactionInput>(file, flags, TRANSACTIONS, {
          home: context.home,
          system,
          userId,
          send: (events, signal) => ecs.transactions.sendBatch(events, { signal }),
        });
      }),
    ),
    ['ecs transactions import spending.csv'],
    ['ecs transactions import spending.csv --resume', 'after an interruption: nothing twice'],
    ['zcat spending.ndjson.gz | ecs transactions import -'],
    ['jq -r .text spending.csv.rejected.ndjson', 'what was rejected, to be corrected'],
  );

  paceOptions(
    customerOptions(transactions.command('simulate').summary('send plausible transactions at a steady rate')),
  ).action(
    run(async (flags: CustomerFlags & PaceFlags) => {
      await simulate(flags, inventTransaction, (ecs, events, signal) =>
        ecs.transactions.sendBatch(events, { signal }),
      );
    }),
  );
}

async function sendOne(flags: SendFlags): Promise<void> {
  if (!/^\d+(\.\d{1,2})?$/.test(flags.amount) || Number(flags.amount) === 0) {
    throw new CliError(
      `--amount must be more than 0 with at most 2 decimals, not ${flags.amount}`,
      EXIT.usage,
    );
  }
  const { ecs, userId } = openCustomer(flags);
  const received = await ecs.transactions.send(
    { userId, amount: Number(flags.amount), occurredAt: flags.at },
    { idempotencyKey: flags.idempotencyKey },
  );
  if (flags.json) printJson(received);
  else print(`${received.status}  ${received.eventId}`);
}
