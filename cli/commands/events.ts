import type { Command } from 'commander';
import { again } from '../ui/command-line.ts';
import { keptSince, reprocessSince } from '../../platform/messaging/stream-reprocess.ts';
import { partitionsThere } from '../../platform/messaging/inspect.ts';
import { TOPICS } from '../../platform/messaging/topics.ts';
import type { Topic } from '../../platform/messaging/topic.ts';
import { consumptionsOf } from '../../platform/messaging/topology.ts';
import { requireNats, withBus } from '../config/broker.ts';
import { pc, talkColors } from '../ui/colors.ts';
import { run } from '../ui/failure.ts';
import { withExamples } from '../ui/help.ts';
import { CliError, EXIT, print, printJson, printJsonLine, printTable, talk } from '../ui/output.ts';
import { interruptSignal, readInteger, type SystemFlags } from '../config/session.ts';
import { resolveBroker } from '../config/context.ts';
import { type Flowing, isStream, STREAMS, tailEvents } from '../events/tail.ts';
import { readSince } from '../config/since.ts';
import { readTypedId } from '../../platform/trace/identity.ts';

interface Flags extends SystemFlags {
  stream?: string[];
  user?: string;
  trace?: string;
  since?: string;
  limit?: string;
  payload?: boolean;
}

export function register(program: Command): void {
  const events = program.command('events');
  withExamples(
    events
      .command('tail')
      .summary('print events as they flow, until Ctrl-C')
      .description(
        'Prints one line an event as it comes into a stream. It only reads: no consumer misses one by it. ' +
          'Needs NATS, so elsewhere NATS_URL or a profile with it.',
      )
      .option('--stream <names...>', `only of these: ${STREAMS.join(', ')}`)
      .option('--user <id>', 'only of this customer')
      .option('--trace <id>', 'only of this request')
      .option('--since <time>', 'from then on: 10m, 2h, 1d, or ISO 8601 (default: from now on)')
      .option('--limit <n>', 'end after so many')
      .option('--payload', 'show what was felt and spent, which is personal data')
      .action(run(tail)),
    ['ecs events tail', 'everything, from now on'],
    ['ecs events tail --stream emotions dead-letters --since 10m'],
    ['ecs events tail --user 0198… --json | jq .data.id'],
    ['ecs events tail --stream notifications --limit 1', 'wait for the next one'],
  );
  registerReprocess(events);
}

interface ReprocessFlags extends SystemFlags {
  stream?: string[];
  since: string;
  dryRun?: boolean;
}

function registerReprocess(events: Command): void {
  withExamples(
    events
      .command('reprocess')
      .alias('replay')
      .summary('have the workers read the streams again, as after a restore of the database')
      .description(
        'Every worker begins again with what came since then. What is stored already is not stored again, ' +
          'and nobody is notified twice. It reaches as far back as the streams do: --dry-run shows how far.',
      )
      .requiredOption('--since <time>', 'from then on: 10m, 2h, 1d, or ISO 8601')
      .option('--stream <names...>', `only of these: ${REPROCESSED.map(({ stream }) => stream).join(', ')}`)
      .option('--dry-run', 'only say what would be read again')
      .action(run(reprocess)),
    [
      'ecs events reprocess --since 2026-11-23T02:00:00Z --dry-run',
      'how much, and whether the streams reach back so far',
    ],
    ['ecs events reprocess --since 2026-11-23T02:00:00Z'],
    ['ecs events reprocess --since 1d --stream transactions'],
  );
}

/** Of the topics that are worked off. */
const REPROCESSED = Object.values<Topic>(TOPICS).filter(({ durables }) => durables.length > 0);

async function reprocess(flags: ReprocessFlags): Promise<void> {
  const names = REPROCESSED.map(({ stream }) => stream);
  const unknown = (flags.stream ?? []).filter((name) => !names.includes(name));
  if (unknown.length > 0) {
    throw new CliError(`no worker reads a stream ${unknown.join(', ')}`, EXIT.usage, names.join(', '));
  }
  const since = new Date(readSince(flags.since));
  if (since.getTime() > Date.now()) {
    throw new CliError(`--since ${flags.since} has not come yet`, EXIT.usage, again({ '--since': '1h' }));
  }
  const topics = REPROCESSED.filter(({ stream }) => flags.stream?.includes(stream) ?? true);
  const keptStreams = await withBus(requireNats(resolveBroker(flags)), async (bus) => {
    const partitions = (await Promise.all(topics.map((topic) => partitionsThere(bus, topic)))).flat();
    const lists = await Promise.all(partitions.map((topic) => keptSince(bus, topic, since)));
    if (!flags.dryRun) {
      for (const topic of partitions.flatMap(consumptionsOf)) await reprocessSince(bus, topic, since);
    }
    return lists;
  });
  if (flags.json) printJson({ since: since.toISOString(), replayed: !flags.dryRun, streams: keptStreams });
  else printTable(keptStreams.map((stream) => ({ ...stream })));
  for (const { stream, oldest } of keptStreams.filter(({ complete }) => !complete)) {
    const reach = oldest === null ? 'it keeps nothing' : `the oldest it keeps came at ${oldest}`;
    talk(talkColors.yellow(`${stream} does not reach back to ${since.toISOString()}: ${reach}`));
  }
  if (!flags.dryRun) talk('the workers read it again\nnext: ecs status');
}

async function tail(flags: Flags): Promise<void> {
  const streams = flags.stream ?? STREAMS;
  const unknown = streams.filter((name) => !isStream(name));
  if (unknown.length > 0) {
    throw new CliError(`there is no stream ${unknown.join(', ')}`, EXIT.usage, STREAMS.join(', '));
  }
  const limit = flags.limit === undefined ? null : readInteger('--limit', flags.limit, ANY_COUNT);
  const filter = {
    streams,
    userId: flags.user?.toLowerCase(),
    traceId: flags.trace === undefined ? undefined : readTypedId(flags.trace).traceId,
    sinceMs: flags.since === undefined ? null : readSince(flags.since),
    payload: flags.payload ?? false,
  };
  const signal = interruptSignal();
  let count = 0;
  await withBus(requireNats(resolveBroker(flags)), async (bus) => {
    talk(talkColors.dim(`${streams.join(', ')}: Ctrl-C ends it`));
    await tailEvents(bus, filter, signal, (event) => {
      if (flags.json) printJsonLine(event);
      else print(lineOf(event));
      count += 1;
      return count !== limit;
    });
  });
}

const ANY_COUNT = { min: 1, max: Number.MAX_SAFE_INTEGER };

function lineOf({ at, stream, sequence, line, userId, id, code, payload }: Flowing): string {
  const place = `${stream} #${sequence}${line > 1 ? `:${line}` : ''}`;
  const words = [at.slice(11, 23), pc.cyan(place.padEnd(20)), `user ${userId ?? '-'}`, id ?? '-'];
  const details = [
    ...(code ? [pc.yellow(code)] : []),
    ...(payload === undefined ? [] : [JSON.stringify(payload)]),
  ];
  return [...words, ...details].join('  ');
}
