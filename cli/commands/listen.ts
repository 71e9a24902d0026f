import { type Command } from 'commander';
import { again } from '../ui/command-line.ts';
import { WEBHOOK_EVENT_TYPES } from '../../sdk/contracts/webhook-events.ts';
import { createWebhookSecret } from '../../platform/webhooks/webhook-secret.ts';
import { openOperator, type OperatorFlags, operatorOption } from '../config/operator-session.ts';
import { interruptSignal } from '../config/session.ts';
import { isoSince } from '../config/since.ts';
import { run } from '../ui/failure.ts';
import { withExamples } from '../ui/help.ts';
import { needs } from '../ui/option-rules.ts';
import { CliError, EXIT, print, printJsonLine, talk } from '../ui/output.ts';
import { followEvents } from '../webhooks/follow-events.ts';
import { readEventTypes } from '../webhooks/read-event-types.ts';
import { type Forwarded, forwardEvent } from '../webhooks/forward-event.ts';

type ListenFlags = OperatorFlags & { forwardTo?: string; events: string; secret?: string; since?: string };

export function register(program: Command): void {
  const listen = operatorOption(program.command('listen'))
    .description(
      'Prints events as they happen and, with --forward-to, sends each to that address as a webhook, ' +
        'signed with a secret that it prints. Registers nothing and retries nothing.',
    )
    .option('--forward-to <url>', 'the receiver; without it events are only printed')
    .option('--events <types>', 'with commas between', WEBHOOK_EVENT_TYPES.join(','))
    .option('--secret <whsec>', 'sign with this one; by default with a new one')
    .option('--since <time>', 'begin with events of this time: 10m, 2h, 1d, or ISO 8601; now by default')
    .action(run(forward));
  needs(listen, '--secret', '--forward-to');
  withExamples(
    listen,
    ['ecs listen --forward-to http://localhost:3000/hooks'],
    ['ecs listen --forward-to http://localhost:3000/hooks --since 2026-11-28T09:00:00Z', 'from then on'],
    ['ecs listen --json | jq .data.payload', 'only print them'],
  );
}

async function forward(flags: ListenFlags): Promise<void> {
  const types = new Set<string>(readEventTypes(flags.events));
  const receiver = flags.forwardTo === undefined ? null : readReceiver(flags.forwardTo);
  const secret = readSecret(flags.secret);
  const signal = interruptSignal();
  const since = flags.since === undefined ? new Date().toISOString() : isoSince(flags.since);
  const { api, context } = openOperator(flags);
  const events = followEvents(api, { since, signal });
  // Asked once first: without a system or a valid login the command fails instead of waiting.
  await events.connect();
  talk(`listening to ${context.url}: Ctrl-C ends it`);
  if (receiver) talk(`forwarding to ${receiver}, signed with the secret ${secret}`);
  for await (const event of events.each()) {
    if (!types.has(event.event_type)) continue;
    const outcome = receiver ? await forwardEvent(event, { receiver, secret, signal }) : null;
    if (flags.json) printJsonLine({ ...event, forwarded: outcome });
    else print(`${event.at}  ${event.event_type.padEnd(15)}  ${event.event_id}${wordsOf(outcome)}`);
  }
}

const wordsOf = (outcome: Forwarded | null) => (outcome ? `  ${outcome.error ?? outcome.status}` : '');

function readReceiver(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url && (url.protocol === 'http:' || url.protocol === 'https:')) return url.href;
  throw new CliError(
    '--forward-to must be an http or https URL',
    EXIT.usage,
    again({ '--forward-to': 'http://localhost:3000/hooks' }),
  );
}

function readSecret(text: string | undefined): string {
  if (text === undefined) return createWebhookSecret();
  if (/^whsec_[A-Za-z0-9+/]{16,}={0,2}$/.test(text)) return text;
  throw new CliError(
    '--secret must begin with whsec_ and go on in base64',
    EXIT.usage,
    again({ '--secret': null }),
  );
}
