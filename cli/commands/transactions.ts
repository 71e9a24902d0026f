import { type Command, Option } from 'commander';
import type { EcsClient, TransactionInput } from '../../sdk/index.ts';
import {
  addImport,
  addSimulation,
  type KeyFlags,
  keyOption,
  printReceived,
} from '../events/event-commands.ts';
import { run } from '../ui/failure.ts';
import { withExamples } from '../ui/help.ts';
import { TRANSACTIONS } from '../import/event-kinds.ts';
import { CliError, EXIT } from '../ui/output.ts';
import { type CustomerFlags, customerOptions, openFor } from '../config/session.ts';
import { inventTransaction } from '../events/simulate.ts';

const IMPORT_HELP = `Sends a file of any size. Each line is a transaction:
  NDJSON   {"amount": 42.5, "occurredAt": "2026-11-23T09:30:00Z"}
  CSV      a header with amount; optional occurredAt, eventId, userId
Lines without an id get one that stays the same, so an import that goes on counts nothing twice.`;

type SendFlags = CustomerFlags & KeyFlags & { amount: string; user?: string; at?: string };

const USER_HELP = 'whose transactions they are; another than the login needs the internal key';

export function register(program: Command): void {
  const transactions = program.command('transactions');

  withExamples(
    transactions,
    ['ecs transactions send --amount 42.50'],
    ['ecs transactions import spending.csv', 'a file of any size'],
    ['ecs transactions simulate --users 10 --events 1000 --rate 100/s'],
  );
  keyOption(customerOptions(transactions.command('send').summary('send one transaction')))
    .requiredOption('--amount <amount>', 'more than 0, at most 2 decimals')
    .option('--user <id>', USER_HELP)
    .option('--at <time>', 'when, ISO 8601 (default: now)')
    .action(run(sendOne));

  const send = (ecs: EcsClient, events: TransactionInput[], signal?: AbortSignal) =>
    ecs.transactions.sendBatch(events, { signal });
  withExamples(
    addImport(transactions, {
      events: 'transactions',
      description: IMPORT_HELP,
      kind: TRANSACTIONS,
      open: (flags) => openFor(flags.user, flags),
      send,
    })
      .option('--user <id>', USER_HELP)
      .option('--currency <sign>', "that stands beside amounts, e.g. 'R$'")
      .addOption(
        new Option(
          '--spent <sign>',
          'of amounts that were spent; the others are left out (default: all must be above 0)',
        ).choices(['positive', 'negative']),
      )
      .option(
        '--direction <column=spent,received>',
        "the column that says whether an amount was spent, e.g. 'Af Bij=Af,Bij'; received ones are left out",
      ),
    ['ecs transactions import spending.csv'],
    [
      "ecs transactions import extrato.csv --map 'Valor=amount' --map 'Data=occurredAt'" +
        ' --decimal , --date dd/mm/yyyy',
      'as a bank wrote it',
    ],
    ['ecs transactions import spending.csv --resume', 'after an interruption: nothing twice'],
    ['ecs transactions import all-users.csv --user 0198…', 'with the internal key, for any customer'],
    ['zcat spending.ndjson.gz | ecs transactions import -'],
    ['jq -r .text spending.csv.rejected.ndjson', 'what was rejected, to be corrected'],
  );

  addSimulation(transactions, { events: 'transactions', invent: inventTransaction, send });
}

async function sendOne(flags: SendFlags): Promise<void> {
  if (!/^\d+(\.\d{1,2})?$/.test(flags.amount) || Number(flags.amount) === 0) {
    throw new CliError(
      `--amount must be more than 0 with at most 2 decimals, not ${flags.amount}`,
      EXIT.usage,
    );
  }
  const { ecs, userId } = openFor(flags.user, flags);
  const received = await ecs.transactions.send(
    { userId, amount: Number(flags.amount), occurredAt: flags.at },
    { idempotencyKey: flags.idempotencyKey },
  );
  printReceived(received, flags.json);
}
