import { type Command, Option } from 'commander';
import { WEBHOOK_EVENT_TYPES } from '../../sdk/contracts/webhook-events.ts';
import { openOperator, type OperatorFlags, operatorOption } from '../config/operator-session.ts';
import { readInteger } from '../config/session.ts';
import { isoSince } from '../config/since.ts';
import { run } from '../ui/failure.ts';
import { withExamples } from '../ui/help.ts';
import { again } from '../ui/command-line.ts';
import { CliError, EXIT, print, printJson, printList, talk } from '../ui/output.ts';
import { readEventTypes } from '../webhooks/read-event-types.ts';
import { resolveDelivery, resolveWebhook, shortId } from '../webhooks/resolve-id.ts';
import { sendTest } from '../webhooks/send-test.ts';
import {
  showDelivery,
  showSecret,
  showWebhook,
  toDeliveryRow,
  toWebhookRow,
} from '../webhooks/show-webhooks.ts';

type AddFlags = OperatorFlags & { events: string; description?: string };
type ChangeFlags = OperatorFlags & { to?: string; events?: string; description?: string };
type RotateFlags = OperatorFlags & { graceHours: string };
type LogFlags = OperatorFlags & { state?: 'pending' | 'delivered' | 'given_up'; limit?: string };
type RedeliverFlags = OperatorFlags & { since?: string; until?: string };

export function register(program: Command): void {
  const webhooks = program
    .command('webhooks')
    .description(
      'Sends events of customers to endpoints, signed as Standard Webhooks, in order for each customer, ' +
        'retried for a day. docs/webhooks.md tells what a receiver has to do.',
    );
  withExamples(
    webhooks,
    ['ecs webhooks add https://partner.example.com/hooks', 'prints its secret, this once'],
    ['ecs webhooks test ID', 'one attempt, with its outcome'],
    ['ecs webhooks deliveries ID --state given_up'],
    ['ecs webhooks redeliver ID --since 2026-11-28T09:00:00Z', 'the same ids, in order'],
    ['ecs listen --forward-to http://localhost:3000/hooks', 'while you write the receiver'],
  );
  registerEndpoints(webhooks);
  registerDeliveries(webhooks);
}

function registerEndpoints(webhooks: Command): void {
  operatorOption(webhooks.command('add <url>').summary('register an endpoint; prints its secret, this once'))
    .option('--events <types>', 'with commas between', WEBHOOK_EVENT_TYPES.join(','))
    .option('--description <text>', 'for whom, in one line')
    .action(run(add));
  operatorOption(webhooks.command('ls').summary('list the endpoints')).action(
    run(async (flags: OperatorFlags) => {
      const { items } = await openOperator(flags).api.webhooks.list();
      printList(items, flags, { none: 'no endpoints', toLine: toWebhookRow });
    }),
  );
  operatorOption(webhooks.command('show <id>').summary('an endpoint')).action(
    run(async (text: string, flags: OperatorFlags) => {
      const { api, id } = await openWebhook(text, flags);
      showWebhook(await api.webhooks.get(id), flags);
    }),
  );
  operatorOption(
    webhooks
      .command('change <id>')
      .summary('change its address or events; what waits goes to the new address'),
  )
    .option('--to <url>', 'its new address')
    .option('--events <types>', 'all that it gets, with commas between; added ones begin now')
    .option('--description <text>', 'for whom, in one line')
    .action(run(change));
  operatorOption(
    webhooks.command('rotate <id>').summary('make a new secret; the one before signs on for a time'),
  )
    .option('--grace-hours <n>', 'hours in which both sign, 0 to 168', '24')
    .action(
      run(async (text: string, flags: RotateFlags) => {
        const { api, id } = await openWebhook(text, flags);
        const grace_hours = readInteger('--grace-hours', flags.graceHours, { min: 0, max: 168 });
        showSecret(await api.webhooks.rotate(id, { grace_hours }), flags);
      }),
    );
  for (const [act, summary] of [
    ['disable', 'send nothing to it; deliveries that wait are kept'],
    ['enable', 'send again: deliveries that wait at once, then events from now on'],
  ] as const) {
    operatorOption(webhooks.command(`${act} <id>`).summary(summary)).action(
      run(async (text: string, flags: OperatorFlags) => {
        const { api, id } = await openWebhook(text, flags);
        showWebhook(await api.webhooks[act](id), flags);
      }),
    );
  }
  operatorOption(webhooks.command('rm <id>').summary('remove an endpoint with its deliveries')).action(
    run(async (text: string, flags: OperatorFlags) => {
      const { api, id } = await openWebhook(text, flags);
      const removed = await api.webhooks.remove(id);
      if (flags.json) printJson(removed);
      else print(`removed ${removed.webhook_id}`);
    }),
  );
}

function registerDeliveries(webhooks: Command): void {
  operatorOption(
    webhooks.command('test <id>').summary('send webhook.test once and wait for its outcome'),
  ).action(
    run(async (text: string, flags: OperatorFlags) => {
      const { api, id } = await openWebhook(text, flags);
      const delivery = await sendTest(api, id);
      const isDelivered = delivery.state === 'delivered';
      if (isDelivered || !flags.json) showDelivery(delivery, flags);
      if (isDelivered) return;
      const reason = delivery.last_error ?? `status ${delivery.last_status}`;
      const message = `the test was not delivered: ${reason}`;
      throw new CliError(message, EXIT.failed, `ecs webhooks show ${id}`, { data: delivery });
    }),
  );
  operatorOption(
    webhooks
      .command('deliveries <id> [delivery]')
      .summary('the log, newest first; of one delivery, its payload and attempts'),
  )
    .addOption(new Option('--state <state>', 'which').choices(['pending', 'delivered', 'given_up']))
    .option('--limit <n>', 'at most so many (default: 20)')
    .action(run(showLog));
  operatorOption(
    webhooks
      .command('redeliver <id> [delivery]')
      .summary('send a delivery again, or the events of a time range, with the same ids'),
  )
    .option('--since <time>', 'from this time: 10m, 2h, 1d, or ISO 8601')
    .option('--until <time>', 'before this time; now by default')
    .action(run(redeliver));
}

async function add(url: string, flags: AddFlags): Promise<void> {
  const types = readEventTypes(flags.events);
  const { description } = flags;
  const webhook = { url, event_types: types, ...(description ? { description } : {}) };
  showSecret(await openOperator(flags).api.webhooks.add(webhook), flags);
}

async function change(text: string, { to, events, ...flags }: ChangeFlags): Promise<void> {
  const { description } = flags;
  if (to === undefined && events === undefined && description === undefined) {
    const example = again({ '--events': WEBHOOK_EVENT_TYPES.join(',') });
    throw new CliError('there is nothing to change: --to, --events or --description', EXIT.usage, example);
  }
  const changes = {
    ...(to !== undefined && { url: to }),
    ...(events !== undefined && { event_types: readEventTypes(events) }),
    ...(description !== undefined && { description }),
  };
  const { api, id } = await openWebhook(text, flags);
  showWebhook(await api.webhooks.change(id, changes), flags);
}

async function showLog(text: string, delivery: string | undefined, flags: LogFlags): Promise<void> {
  if (delivery !== undefined && (flags.limit ?? flags.state) !== undefined) {
    const message = '--limit and --state are of the log, not of one delivery';
    throw new CliError(message, EXIT.usage, again({ '--limit': null, '--state': null }));
  }
  const { api, id } = await openWebhook(text, flags);
  if (delivery !== undefined) {
    showDelivery(await api.webhooks.delivery(id, await resolveDelivery(api, id, delivery)), flags);
    return;
  }
  const page_size = readInteger('--limit', flags.limit ?? '20', { min: 1, max: 100 });
  const { state } = flags;
  const { items } = await api.webhooks.deliveries(id, { page_size, ...(state ? { state } : {}) });
  printList(items, flags, { none: 'no deliveries', toLine: toDeliveryRow });
}

async function redeliver(text: string, delivery: string | undefined, flags: RedeliverFlags): Promise<void> {
  const { since, until } = flags;
  if ((delivery === undefined) === (since === undefined)) {
    throw new CliError(
      'name one delivery, or a time range by --since',
      EXIT.usage,
      `ecs webhooks redeliver ${text} --since 2026-11-28T09:00:00Z`,
    );
  }
  if (delivery !== undefined && until !== undefined)
    throw new CliError(
      '--until is of a time range, not of one delivery',
      EXIT.usage,
      again({ '--until': null }),
    );
  const range = {
    ...(since === undefined ? {} : { since: isoSince(since) }),
    ...(until === undefined ? {} : { until: isoSince(until, '--until') }),
  };
  const { api, id } = await openWebhook(text, flags);
  const which = delivery === undefined ? {} : { delivery_id: await resolveDelivery(api, id, delivery) };
  const redelivered = await api.webhooks.redeliver(id, { ...which, ...range });
  if (flags.json) printJson(redelivered);
  else print(`${redelivered.deliveries} wait to be sent again`);
  if (redelivered.deliveries > 0) talk(`next: ecs webhooks deliveries ${shortId(id)}`);
}

/** The API, and the endpoint that a beginning of its id names. */
async function openWebhook(text: string, flags: OperatorFlags) {
  const { api } = openOperator(flags);
  return { api, id: await resolveWebhook(api, text) };
}
