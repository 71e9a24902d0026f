import { type Command, Option } from 'commander';
import { again } from '../ui/command-line.ts';
import type { ClosingReason, CreditOffer } from '../../sdk/index.ts';
import { run } from '../ui/failure.ts';
import { withExamples } from '../ui/help.ts';
import { needs } from '../ui/option-rules.ts';
import { print, printJson, printTable, talk } from '../ui/output.ts';
import { type CustomerFlags, customerOptions, openCustomer, readInteger } from '../config/session.ts';

type PageFlags = CustomerFlags & { page: string; pageSize: string };
type AcceptFlags = CustomerFlags & { wait?: boolean; timeout: string };
type CloseFlags = CustomerFlags & { reason?: ClosingReason };

const CLOSING_REASONS: ClosingReason[] = ['withdrawn', 'closed_by_customer'];

const COLUMNS = [
  'offer_id',
  'status',
  'credit_limit',
  'interest_rate',
  'credit_type',
  'expires_at',
  'activated_at',
];

export function register(program: Command): void {
  const offers = program.command('offers');

  withExamples(
    offers,
    ['ecs offers ls'],
    ['ecs offers show 0198f3a2-7c11-7d3e-9b53-0d6a1f2c4e8a'],
    ['ecs offers accept 0198f3a2-7c11-7d3e-9b53-0d6a1f2c4e8a --wait', 'until the limit is active'],
    ['ecs offers close 0198f3a2-7c11-7d3e-9b53-0d6a1f2c4e8a', 'makes room for another limit'],
  );
  customerOptions(offers.command('ls').summary("the customer's offers, newest first"))
    .option('--page <n>', 'from 1', '1')
    .option('--page-size <n>', '1 to 100', '10')
    .action(
      run(async (flags: PageFlags) => {
        const { ecs, userId } = openCustomer(flags);
        const page = await ecs.offers.list(userId, {
          page: readInteger('--page', flags.page, { min: 1, max: 1_000_000 }),
          page_size: readInteger('--page-size', flags.pageSize, { min: 1, max: 100 }),
        });
        if (flags.json) printJson(page);
        else if (page.items.length === 0)
          talk(page.total === 0 ? 'no offers yet\nnext: ecs analyze' : 'nothing on this page');
        else {
          printTable(page.items, COLUMNS);
          if (page.total > page.items.length)
            talk(
              `${page.items.length} of ${page.total}; next: ${again({ '--page': String(page.page + 1) })}`,
            );
        }
      }),
    );

  customerOptions(offers.command('show <offer-id>').summary('one offer')).action(
    run(async (offerId: string, flags: CustomerFlags) => {
      show(await openCustomer(flags).ecs.offers.get(offerId), flags);
    }),
  );

  const accept = customerOptions(offers.command('accept <offer-id>').summary('accept an offer'))
    .option('--wait', 'wait until the limit is active')
    .option('--timeout <seconds>', 'for --wait', '30');
  needs(accept, '--timeout', '--wait').action(
    run(async (offerId: string, flags: AcceptFlags) => {
      const waitMs = readInteger('--timeout', flags.timeout, { min: 1, max: 3600 }) * 1000;
      const { ecs } = openCustomer(flags);
      const acceptance = ecs.offers.accept(offerId);
      if (flags.wait) show(await acceptance.waitUntilActive({ timeoutMs: waitMs }), flags);
      else if (flags.json) printJson(await acceptance);
      else {
        print((await acceptance).status);
        talk(`next: ecs offers show ${offerId}`);
      }
    }),
  );

  registerClose(offers);
}

function registerClose(offers: Command): void {
  customerOptions(offers.command('close <offer-id>').summary('close an active limit, or withdraw from it'))
    .description(
      'Closes an active limit: the sum of the limits falls by it. Without --reason it is a withdrawal ' +
        'while the days of withdrawal last (14 by the policy that ships), else an ordinary closing.',
    )
    .addOption(new Option('--reason <reason>', 'as it is recorded').choices(CLOSING_REASONS))
    .action(
      run(async (offerId: string, { reason, ...flags }: CloseFlags) => {
        show(await openCustomer(flags).ecs.offers.close(offerId, { reason }), flags);
      }),
    );
}

function show(offer: CreditOffer, flags: CustomerFlags): void {
  if (flags.json) printJson(offer);
  else for (const [name, value] of Object.entries(offer)) print(`${name.padEnd(14)}${value ?? '-'}`);
}
