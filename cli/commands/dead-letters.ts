import { type Command, Option } from 'commander';
import { again } from '../ui/command-line.ts';
import type { DeadLetterId } from '../../platform/dead-letters/dead-letter-format.ts';
import {
  DEAD_LETTER_CODES,
  isSourceStream,
  NO_CODE,
  SOURCE_STREAMS,
} from '../../platform/dead-letters/known-filter.ts';
import { type OperatorFlags, operatorOption } from '../config/operator-session.ts';
import { readInteger } from '../config/session.ts';
import { type DeadLetterDesk, type Letter, withDeadLetters } from '../dead-letters/open-dead-letters.ts';
import { remedyOf } from '../dead-letters/remedies.ts';
import { run } from '../ui/failure.ts';
import { excludes, oneOf } from '../ui/option-rules.ts';
import { withExamples } from '../ui/help.ts';
import {
  CliError,
  EXIT,
  print,
  printJson,
  printJsonLine,
  printList,
  printTable,
  talk,
} from '../ui/output.ts';

interface FilterFlags extends OperatorFlags {
  stream?: string;
  code?: string;
  limit?: string;
}
type PayloadFlags = { payload?: boolean };
type ReplayFlags = FilterFlags & { all?: boolean; dryRun?: boolean };

const REPLAY_MAX = '10000';
const LIST_SIZE = '100';

export function register(program: Command): void {
  const letters = program.command('dead-letters');

  filterOptions(letters.command('ls').summary('list them, oldest first'), LIST_SIZE)
    .option('--payload', 'show the payloads, which hold personal data')
    .action(
      run(async (flags: FilterFlags & PayloadFlags) => {
        const letters = await withDeadLetters(flags, (desk) => desk.list(filterOf(flags, LIST_SIZE), flags));
        if (flags.json) printJson(letters.map((letter) => masked(letter, flags)));
        else if (letters.length === 0) talk('no dead letters');
        else printTable(letters.map((letter) => toRow(letter, flags)));
      }),
    );

  operatorOption(
    letters
      .command('show <id>')
      .summary('one of them, by its id: 7, or 7.12 for a line of a message that many share'),
  )
    .option('--payload', 'show the payload, which holds personal data')
    .action(run(show));

  const replaying = filterOptions(
    letters.command('replay [ids...]').summary('send them once more to where they came from'),
    REPLAY_MAX,
  )
    .option('--all', 'every one of them')
    .option('--dry-run', 'only say which')
    .action(run(replay));
  excludes(replaying, '--all', '--stream');
  excludes(replaying, '--all', '--code');

  operatorOption(
    letters.command('drop <ids...>').summary('give them up for good; the reason is kept, see dropped'),
  )
    .requiredOption('--reason <text>', 'why: kept with what is dropped for a year')
    .action(run(drop));

  filterOptions(letters.command('dropped').summary('which were given up, by whom and why'), LIST_SIZE).action(
    run(async (flags: FilterFlags) => {
      const drops = await withDeadLetters(flags, (desk) => desk.drops(filterOf(flags, LIST_SIZE)));
      printList(drops, flags, { none: 'nothing was dropped', columns: DROP_COLUMNS });
    }),
  );
  withExamples(
    letters,
    ['ecs dead-letters ls --code unknown_user'],
    ['ecs dead-letters show 7 --payload', 'with what is in it, which is personal data'],
    ['ecs dead-letters replay --stream emotions', 'once more, when the cause is gone'],
    ['ecs dead-letters drop 7 8 --reason "test user"', 'for good; the reason is kept'],
    ['ecs dead-letters dropped', 'by whom, when and why'],
  );
}

const DROP_COLUMNS = ['id', 'stream', 'sequence', 'line', 'code', 'droppedAt', 'by', 'reason'];

async function show(id: string, flags: OperatorFlags & PayloadFlags): Promise<void> {
  const stored = await withDeadLetters(flags, async (desk) => {
    try {
      return await desk.get(readId(id));
    } catch (error) {
      const drops = await desk.drops({ limit: Number.MAX_SAFE_INTEGER });
      const dropped = drops.find((drop) => String(drop.id) === id);
      if (!dropped) throw error;
      const { by, droppedAt, reason } = dropped;
      const message = `dead letter ${id} was dropped by ${by} at ${droppedAt}: ${reason}`;
      throw new CliError(message, EXIT.notFound, 'ecs dead-letters dropped', {
        data: dropped,
      });
    }
  });
  const letter = { ...masked(stored, flags), remedy: remedyOf(stored.code) };
  if (flags.json) printJson(letter);
  else {
    const lines = Object.entries(letter).filter(([, value]) => value !== '');
    for (const [name, value] of lines) print(`${name.padEnd(12)}${String(value)}`);
  }
}

async function drop(ids: string[], flags: OperatorFlags & { reason: string }): Promise<void> {
  const reason = flags.reason.trim();
  if (reason === '')
    throw new CliError('--reason must say why', EXIT.usage, again({ '--reason': 'a test user' }));
  await withDeadLetters(flags, async (desk) => {
    await desk.drop(readIds(ids), reason, ({ id, code, stream }) => {
      if (flags.json) printJsonLine({ id, stream, code, dropped: true, reason });
      else print(`dropped ${id} (${stream}, ${code}): ${reason}`);
    });
  });
}

function filterOptions(command: Command, limit: string): Command {
  return operatorOption(command)
    .addOption(
      oneOf(
        new Option('--stream <name>', 'only of this stream, e.g. emotions'),
        SOURCE_STREAMS,
        isSourceStream,
      ),
    )
    .addOption(
      oneOf(new Option('--code <code>', 'only with this cause, e.g. unknown_user'), [
        ...DEAD_LETTER_CODES,
        NO_CODE,
      ]),
    )
    .option('--limit <n>', `at most so many (default: ${limit})`);
}

async function replay(ids: string[], flags: ReplayFlags): Promise<void> {
  const isFiltered = flags.stream !== undefined || flags.code !== undefined || flags.all === true;
  if (ids.length > 0 === isFiltered) {
    throw new CliError(
      'name the dead letters by id, or by --code, --stream or --all',
      EXIT.usage,
      'ecs dead-letters ls',
    );
  }
  if (ids.length > 0 && flags.limit !== undefined)
    throw new CliError('--limit is for --code, --stream and --all', EXIT.usage, again({ '--limit': null }));
  let count = 0;
  const say = (replayed: boolean) => (letter: Pick<Letter, 'id' | 'stream' | 'code'>) => {
    const { id, stream, code } = letter;
    count += 1;
    if (flags.json) printJsonLine({ id, stream, code, replayed });
    else print(`${replayed ? 'replayed' : 'would replay'} ${id} (${stream}, ${code})`);
  };
  const letterIds = readIds(ids);
  await withDeadLetters(flags, async (desk) => {
    if (flags.dryRun) (await choose(desk, letterIds, flags)).forEach(say(false));
    else if (letterIds.length > 0) await desk.replay(letterIds, say(true));
    else await desk.replayMatching(filterOf(flags, REPLAY_MAX), say(true));
  });
  if (count === 0) talk('no dead letters match');
}

async function choose(desk: DeadLetterDesk, ids: DeadLetterId[], flags: ReplayFlags): Promise<Letter[]> {
  if (ids.length === 0) return desk.list(filterOf(flags, REPLAY_MAX));
  return (await Promise.all(ids.map((id) => desk.lookUp(id)))).flat();
}

function filterOf({ stream, code, ...flags }: FilterFlags, size: string) {
  const { limit = size } = flags;
  return {
    stream,
    code,
    limit: readInteger('--limit', limit, { min: 1, max: 1_000_000 }),
  };
}

/** An id that stands twice is of one act. */
const readIds = (ids: string[]): DeadLetterId[] => [...new Set(ids.map(readId))];

/** `7`, or `7.12` for a line that shares its message with others. */
function readId(text: string): DeadLetterId {
  if (/^[1-9]\d{0,15}\.[1-9]\d{0,8}$/.test(text)) return text;
  return readInteger('the id', text, { min: 1, max: Number.MAX_SAFE_INTEGER });
}

/** Feelings and spending are shown only on request. */
function masked(letter: Letter, flags: PayloadFlags): Letter {
  return flags.payload ? letter : { ...letter, payload: `(${letter.bytes} bytes, --payload shows them)` };
}

function toRow(letter: Letter, flags: PayloadFlags): Record<string, unknown> {
  const { id, stream, sequence, line, deliveries, code, message, parkedAt, bytes, payload } = letter;
  const age = ageOf(Date.now() - Date.parse(parkedAt));
  return {
    id,
    stream,
    sequence,
    line,
    deliveries,
    age,
    bytes,
    code,
    message,
    ...(flags.payload ? { payload } : {}),
  };
}

/** The two largest units at most: `3d 4h`, `12m`, `5s`. */
function ageOf(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  const [days, hours, minutes] = [
    Math.floor(seconds / 86_400),
    Math.floor(seconds / 3600) % 24,
    Math.floor(seconds / 60) % 60,
  ];
  if (days > 0) return `${days}d ${hours}h`;
  if (hours > 0) return `${hours}h ${minutes}m`;
  return minutes > 0 ? `${minutes}m` : `${seconds}s`;
}
