import type { Command } from 'commander';
import type { CustomerFacts } from '../../sdk/contracts/operator-customers.ts';
import { openOperator, type OperatorFlags, operatorOption } from '../config/operator-session.ts';
import { readInteger } from '../config/session.ts';
import { readCustomer } from '../customers/customer-facts.ts';
import { unknownCustomer } from '../customers/require-customer.ts';
import { run } from '../ui/failure.ts';
import { withExamples } from '../ui/help.ts';
import { print, printJson, printTable, talk } from '../ui/output.ts';

type Flags = OperatorFlags & { limit: string };

export function register(program: Command): void {
  const customers = program.command('customers');
  withExamples(
    customers,
    ['ecs customers show ada@example.com'],
    ['ecs customers show ada@example.com --json | jq .data.exposure'],
    ['ecs customers close-limit 0198f3a2-7c11-7d3e-9b53-0d6a1f2c4e8a --reason "the customer has died"'],
  );
  operatorOption(
    customers
      .command('close-limit <offer-id>')
      .summary("close a customer's active limit, as an operator; the customer is notified"),
  )
    .requiredOption('--reason <text>', 'why: kept in the audit log')
    .action(
      run(async (offerId: string, flags: OperatorFlags & { reason: string }) => {
        const closed = await openOperator(flags).api.limits.close(offerId, flags.reason);
        if (flags.json) printJson(closed);
        else print(`closed ${offerId}: ${closed.credit_limit.toFixed(2)} of ${closed.user_id}`);
      }),
    );
  operatorOption(
    customers
      .command('show <id>')
      .summary('jurisdiction, sum of limits, active policy, limits and last decisions'),
  )
    .description(
      'Shows a customer by id or e-mail address: the jurisdiction, the sum of the limits and the highest ' +
        'that is granted, the policy that is active, the limits, and the last decisions. It reads the ' +
        'database where its address is known, else it asks the API as the operator.',
    )
    .option('--limit <n>', 'at most so many limits and decisions', '10')
    .action(
      run(async (id: string, flags: Flags) => {
        const limit = readInteger('--limit', flags.limit, { min: 1, max: 1000 });
        const customer = await readCustomer(flags, id, limit);
        if (!customer) throw unknownCustomer(id);
        if (flags.json) printJson({ ...customer, exposure_max: customer.policy?.exposure_max ?? null });
        else show(customer);
      }),
    );
}

function show({ id, email, created_at, jurisdiction, locale, ...customer }: CustomerFacts): void {
  const { exposure, policy, limits, decisions } = customer;
  print(`customer      ${email}, since ${created_at.slice(0, 10)}`);
  print(`id            ${id}`);
  print(`jurisdiction  ${jurisdiction ?? 'none: that of DEFAULT_JURISDICTION, else unknown'}`);
  print(`locale        ${locale}`);
  print(
    `exposure      ${exposure.toFixed(2)}${policy ? ` of at most ${policy.exposure_max.toFixed(2)}` : ''}`,
  );
  print(`policy        ${policy ? describePolicy(policy) : 'none is active'}`);
  if (limits.length === 0) talk('no offers yet');
  else {
    print('');
    printTable(limits.map((limit) => ({ ...limit })));
  }
  if (decisions.length === 0) talk('no decisions yet');
  else {
    print('');
    printTable(
      decisions.map(({ approved, reasons, ...decision }) => ({
        analysis_id: decision.analysis_id,
        created_at: decision.created_at,
        decision: approved ? 'approved' : 'denied',
        score: decision.risk_score.toFixed(4),
        limit: decision.credit_limit,
        policy: decision.policy_version,
        jurisdiction: decision.jurisdiction,
        emotions: decision.emotion_effect,
        reasons: reasons.join(', ') || null,
      })),
    );
  }
}

function describePolicy(policy: NonNullable<CustomerFacts['policy']>): string {
  const scope = policy.active_for === '*' ? 'all that no other policy names' : policy.active_for;
  return `${policy.version}, active for ${scope}; emotions: ${policy.emotion_effect}`;
}
