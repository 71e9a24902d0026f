import type { Command } from 'commander';
import { Transaction } from '../../sdk/contracts/transaction.ts';
import type { TransactionInput } from '../../sdk/index.ts';
import { importFile, type PaceFlags, paceOptions } from '../event-commands.ts';
import { run } from '../failure.ts';
import { CliError, EXIT, print, printJson } from '../output.ts';
import { type CustomerFlags, customerOptions, openCustomer } from '../session.ts';
import { inventTransaction, simulate } from '../simulate.ts';

type SendFlags = CustomerFlags & { amount: string; at?: string };

export function register(program: Command): void {
  const transactions = program.command('transactions').summary('send transactions');

  customerOptions(transactions.command('send').summary('send one transaction'))
    .requiredOption('--amount <amount>', 'more than 0, at most 2 decimals')
    .option('--at <time>', 'when, ISO 8601 (default: now)')
    .action(run(sendOne));

  customerOptions(
    transactions
      .command('import <file>')
      .summary('send a file of transactions, one JSON object a line; - is stdin'),
  )
    .addHelpText(
      'after',
      '\nA line: {"amount": 42.5, "occurredAt": "2026-11-23T09:30:00Z"}\n' +
        '"userId" and "eventId" may be there as well.',
    )
    .action(
      run(async (file: string, flags: CustomerFlags) => {
        const { ecs, userId } = openCustomer(flags);
        await importFile<TransactionInput>({
          file,
          userId,
          json: flags.json ?? false,
          schema: Transaction,
          send: (events, signal) => ecs.transactions.sendBatch(events, { signal }),
        });
      }),
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
  const received = await ecs.transactions.send({
    userId,
    amount: Number(flags.amount),
    ...(flags.at === undefined ? {} : { occurredAt: flags.at }),
  });
  if (flags.json) printJson(received);
  else print(`${received.status}  ${received.eventId}`);
}
