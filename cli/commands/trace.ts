import type { Command } from 'commander';
import { run } from '../ui/failure.ts';
import { withExamples } from '../ui/help.ts';
import { printJson } from '../ui/output.ts';
import { readInteger, type SystemFlags } from '../config/session.ts';
import { resolveDatabase } from '../config/context.ts';
import { readTypedId } from '../../platform/trace/identity.ts';
import { showTrace } from '../trace/show.ts';
import { trace } from '../trace/trace.ts';

type Flags = SystemFlags & { limit: string; payload?: boolean };

export function register(program: Command): void {
  const command = program
    .command('trace <id>')
    .description(
      'Shows one timeline of what happened, from what is stored: rows, messages with stream and sequence, ' +
        'how far their consumer is, the outbox, dead letters, and the log lines of a local system. ' +
        'The id is that of a request (X-Request-Id, or a trace id), an event, an offer, an analysis, a ' +
        'notification or a customer, or an e-mail address. Elsewhere it needs DATABASE_URL, and NATS_URL ' +
        'for what the streams keep.',
    )
    .option('--limit <n>', 'at most so many events, analyses and offers', '20')
    .option('--payload', 'show what was felt and spent, which is personal data')
    .action(
      run(async (id: string, flags: Flags) => {
        const limit = readInteger('--limit', flags.limit, { min: 1, max: 10_000 });
        const options = { limit, payload: flags.payload ?? false };
        const traced = await trace(resolveDatabase(flags), readTypedId(id), options);
        if (flags.json) printJson(traced);
        else showTrace(traced);
      }),
    );
  withExamples(
    command,
    ['ecs trace 0198f3a2-7c11-7d3e-9b53-0d6a1f2c4e8a', 'any id'],
    ['ecs trace ada@example.com --limit 50', 'the story of a customer'],
    ['ecs trace $(ecs transactions send --amount 5 --json | jq -r .data.eventId)'],
    ['ecs trace ID --json | jq \'.data.entries[] | select(.where == "stream")\''],
  );
}
