import type { Command } from 'commander';
import type { EcsClient, EmotionInput } from '../../sdk/index.ts';
import {
  addImport,
  addSimulation,
  type KeyFlags,
  keyOption,
  printReceived,
} from '../events/event-commands.ts';
import { run } from '../ui/failure.ts';
import { withExamples } from '../ui/help.ts';
import { EMOTIONS } from '../import/event-kinds.ts';
import { type CustomerFlags, customerOptions, openFor, readNumber } from '../config/session.ts';
import { inventEmotion } from '../events/simulate.ts';

interface SendFlags extends CustomerFlags, KeyFlags {
  type: string;
  positivity: string;
  intensity: string;
  stress: string;
  user?: string;
  at?: string;
}

const SHARE = { min: 0, max: 1 };
const USER_HELP = 'whose emotions they are; another than the login needs the internal key';

const IMPORT_HELP = `Sends a file of any size. Each line is an event:
  NDJSON   {"timestamp": "2026-11-23T09:30:00Z", "emotionEvent": {"type": "calm",
            "metrics": {"positivity": 0.8, "intensity": 0.3, "stress_level": 0.1}}}
  CSV      a header with type,positivity,intensity,stress_level; optional timestamp, eventId, userId
Lines without an id get one that stays the same, so an import that goes on counts nothing twice.`;

export function register(program: Command): void {
  const emotions = program.command('emotions');

  withExamples(
    emotions,
    ['ecs emotions send --type calm --positivity 0.8 --intensity 0.3 --stress 0.1'],
    ['ecs emotions import feelings.csv', 'a file of any size'],
    ['ecs emotions simulate --users 10 --events 1000 --rate 100/s'],
  );
  keyOption(customerOptions(emotions.command('send').summary('send one event')))
    .requiredOption('--type <name>', 'what it is called, e.g. calm')
    .requiredOption('--positivity <0..1>', 'how positive it is')
    .requiredOption('--intensity <0..1>', 'how strong it is')
    .requiredOption('--stress <0..1>', 'how stressful it is')
    .option('--user <id>', USER_HELP)
    .option('--at <time>', 'when, ISO 8601 (default: now)')
    .action(run(sendOne));

  const send = (ecs: EcsClient, events: EmotionInput[], signal?: AbortSignal) =>
    ecs.emotions.sendBatch(events, { signal });
  withExamples(
    addImport(emotions, {
      events: 'events',
      description: IMPORT_HELP,
      kind: EMOTIONS,
      open: (flags) => openFor(flags.user, flags),
      send,
    }).option('--user <id>', USER_HELP),
    ['ecs emotions import feelings.ndjson'],
    ['ecs emotions import feelings.csv --resume', 'after an interruption: nothing twice'],
    ['ecs emotions import all-users.ndjson --user 0198…', 'with the internal key, for any customer'],
    ['cat feelings.csv | ecs emotions import - --dry-run', 'check every line, send nothing'],
  );

  addSimulation(emotions, { events: 'events', invent: inventEmotion, send });
}

async function sendOne(flags: SendFlags): Promise<void> {
  const metrics = {
    positivity: readNumber('--positivity', flags.positivity, SHARE),
    intensity: readNumber('--intensity', flags.intensity, SHARE),
    stress_level: readNumber('--stress', flags.stress, SHARE),
  };
  const { ecs, userId } = openFor(flags.user, flags);
  const received = await ecs.emotions.send(
    { userId, timestamp: flags.at, emotionEvent: { type: flags.type, metrics } },
    { idempotencyKey: flags.idempotencyKey },
  );
  printReceived(received, flags.json);
}
