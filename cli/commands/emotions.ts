import type { Command } from 'commander';
import { EmotionEvent } from '../../sdk/contracts/emotion.ts';
import type { EmotionInput } from '../../sdk/index.ts';
import { importFile, type PaceFlags, paceOptions } from '../event-commands.ts';
import { run } from '../failure.ts';
import { print, printJson } from '../output.ts';
import { type CustomerFlags, customerOptions, openFor, readNumber } from '../session.ts';
import { inventEmotion, simulate } from '../simulate.ts';

interface SendFlags extends CustomerFlags {
  type: string;
  positivity: string;
  intensity: string;
  stress: string;
  user?: string;
  at?: string;
}

const SHARE = { min: 0, max: 1 };
const USER_HELP = 'whose emotions they are; another than the login needs the internal key';

const LINE_HELP = `
A line, in which "userId" and "eventId" may be there as well:
  {"timestamp": "2026-11-23T09:30:00Z", "emotionEvent": {"type": "calm",
   "metrics": {"positivity": 0.8, "intensity": 0.3, "stress_level": 0.1}}}`;

export function register(program: Command): void {
  const emotions = program.command('emotions').summary('send emotion events');

  customerOptions(emotions.command('send').summary('send one event'))
    .requiredOption('--type <name>', 'what it is called, e.g. calm')
    .requiredOption('--positivity <0..1>', 'how positive it is')
    .requiredOption('--intensity <0..1>', 'how strong it is')
    .requiredOption('--stress <0..1>', 'how stressful it is')
    .option('--user <id>', USER_HELP)
    .option('--at <time>', 'when, ISO 8601 (default: now)')
    .action(run(sendOne));

  customerOptions(
    emotions.command('import <file>').summary('send a file of events, one JSON object a line; - is stdin'),
  )
    .option('--user <id>', USER_HELP)
    .addHelpText('after', LINE_HELP)
    .action(
      run(async (file: string, flags: CustomerFlags & { user?: string }) => {
        const { ecs, userId } = openFor(flags.user, flags);
        await importFile<EmotionInput>({
          file,
          userId,
          json: flags.json ?? false,
          schema: EmotionEvent,
          send: (events, signal) => ecs.emotions.sendBatch(events, { signal }),
        });
      }),
    );

  paceOptions(
    customerOptions(emotions.command('simulate').summary('send plausible events at a steady rate')),
  ).action(
    run(async (flags: CustomerFlags & PaceFlags) => {
      await simulate(flags, inventEmotion, (ecs, events, signal) =>
        ecs.emotions.sendBatch(events, { signal }),
      );
    }),
  );
}

async function sendOne(flags: SendFlags): Promise<void> {
  const metrics = {
    positivity: readNumber('--positivity', flags.positivity, SHARE),
    intensity: readNumber('--intensity', flags.intensity, SHARE),
    stress_level: readNumber('--stress', flags.stress, SHARE),
  };
  const { ecs, userId } = openFor(flags.user, flags);
  const received = await ecs.emotions.send({
    userId,
    ...(flags.at === undefined ? {} : { timestamp: flags.at }),
    emotionEvent: { type: flags.type, metrics },
  });
  if (flags.json) printJson(received);
  else print(`${received.status}  ${received.eventId}`);
}
