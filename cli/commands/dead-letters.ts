import { hostname, userInfo } from 'node:os';
import type { Command } from 'commander';
import type { Bus } from '../../platform/messaging/bus.ts';
import {
  getDeadLetter,
  listDeadLetters,
  lookUpDeadLetters,
} from '../../platform/dead-letters/dead-letter.ts';
import type { DeadLetter, DeadLetterId } from '../../platform/dead-letters/dead-letter-format.ts';
import {
  dropDeadLetters,
  replayDeadLetters,
  replayMatching,
} from '../../platform/dead-letters/dead-letter-replay.ts';
import { listDrops } from '../../platform/dead-letters/dead-letter-drops.ts';
import { requireNats, withBus } from '../config/broker.ts';
import { run } from '../ui/failure.ts';
import { withExamples } from '../ui/help.ts';
import { CliError, EXIT, print, printJson, printJsonLine, printTable, talk } from '../ui/output.ts';
import { readInteger, type SystemFlags } from '../config/session.ts';
import { resolveContext } from '../config/context.ts';

interface FilterFlags extends SystemFlags {
  stream?: string;
  code?: string;
  limit?: string;
}
type PayloadFlags = { payload?: boolean };
type ReplayFlags = FilterFlags & { all?: boolean; dryRun?: boolean };

const REPLAY_MAX = '10000';

export function register(program: Command): void {
  const letters = program.command('dead-letters').summary('messages that could not be handled');

  filterOptions(letters.command('ls').summary('list them, oldest first'), '100')
    .option('--payload', 'show the payloads, which hold personal data')
    .action(
      run(async (flags: FilterFlags & PayloadFlags) => {
        const letters = await withBroker(flags, (bus) => listDeadLetters(bus, filterOf(flags)));
        if (flags.json) printJson(letters.map((letter) => masked(letter, flags)));
        else if (letters.length === 0) talk('no dead letters');
        else printTable(letters.map((letter) => toRow(letter, flags)));
      }),
    );

  letters
    .command('show <id>')
    .summary('one of them, by its id: 7, or 7.12 for a line of a message that many share')
    .option('--payload', 'show the payload, which holds personal data')
    .action(run(show));

  filterOptions(
    letters.command('replay [ids...]').summary('send them once more to where they came from'),
    REPLAY_MAX,
  )
    .option('--all', 'every one of them')
    .option('--dry-run', 'only say which')
    .action(run(replay));

  letters
    .command('drop <ids...>')
    .summary('give them up for good; the reason is kept, see dropped')
    .requiredOption('--reason <text>', 'why: kept with what is dropped for a year')
    .action(run(drop));

  filterOptions(letters.command('dropped').summary('which were given up, by whom and why'), '100').action(
    run(async (flags: FilterFlags) => {
      const drops = await withBroker(flags, (bus) => listDrops(bus, filterOf(flags)));
      if (flags.json) printJson(drops);
      else if (drops.length === 0) talk('nothing was dropped');
      else
        printTable(
          drops.map((drop) => ({ ...drop })),
          DROP_COLUMNS,
        );
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

async function show(id: string, flags: SystemFlags & PayloadFlags): Promise<void> {
  const stored = await withBroker(flags, async (bus) => {
    try {
      return await getDeadLetter(bus, readId(id));
    } catch (error) {
      const drops = await listDrops(bus, { limit: Number.MAX_SAFE_INTEGER });
      const dropped = drops.find((drop) => String(drop.id) === id);
      if (!dropped) throw error;
      const { by, droppedAt, reason } = dropped;
      const message = `dead letter ${id} was dropped by ${by} at ${droppedAt}: ${reason}`;
      throw new CliError(message, EXIT.notFound, 'ecs dead-letters dropped', {
        data: dropped,
      });
    }
  });
  const letter = masked(stored, flags);
  if (flags.json) printJson(letter);
  else for (const [name, value] of Object.entries(letter)) print(`${name.padEnd(12)}${String(value)}`);
}

async function drop(ids: string[], flags: SystemFlags & { reason: string }): Promise<void> {
  const reason = flags.reason.trim();
  if (reason === '') throw new CliError('--reason must say why', EXIT.usage, '--reason "a test user"');
  const why = { reason, by: `${userInfo().username}@${hostname()}` };
  await withBroker(flags, async (bus) => {
    await dropDeadLetters(bus, ids.map(readId), why, ({ id, code, stream }) => {
      if (flags.json) printJsonLine({ id, stream, code, dropped: true, reason });
      else print(`dropped ${id} (${stream}, ${code}): ${reason}`);
    });
  });
}

function filterOptions(command: Command, limit: string): Command {
  return command
    .option('--stream <name>', 'only of this stream, e.g. emotions')
    .option('--code <code>', 'only with this cause, e.g. unknown_user')
    .option('--limit <n>', 'at most so many', limit);
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
  let count = 0;
  const say = (replayed: boolean) => (letter: DeadLetter) => {
    const { id, stream, code } = letter;
    count += 1;
    if (flags.json) printJsonLine({ id, stream, code, replayed });
    else print(`${replayed ? 'replayed' : 'would replay'} ${id} (${stream}, ${code})`);
  };
  const letterIds = ids.map(readId);
  await withBroker(flags, async (bus) => {
    if (flags.dryRun) (await choose(bus, letterIds, flags)).forEach(say(false));
    else if (letterIds.length > 0) await replayDeadLetters(bus, letterIds, say(true));
    else await replayMatching(bus, filterOf(flags), say(true));
  });
  if (count === 0) talk('no dead letters match');
}

async function choose(bus: Bus, ids: DeadLetterId[], flags: ReplayFlags): Promise<DeadLetter[]> {
  if (ids.length === 0) return listDeadLetters(bus, filterOf(flags));
  const letters = await Promise.all(ids.map((id) => lookUpDeadLetters(bus, id)));
  return letters.flat().map(({ letter }) => letter);
}

const withBroker = <T>(flags: SystemFlags, work: (bus: Bus) => Promise<T>): Promise<T> =>
  withBus(requireNats(resolveContext(flags)), work);

function filterOf({ stream, code, limit = REPLAY_MAX }: FilterFlags) {
  return {
    stream,
    code,
    limit: readInteger('--limit', limit, { min: 1, max: 1_000_000 }),
  };
}

/** `7`, or `7.12` for a line that shares its message with others. */
function readId(text: string): DeadLetterId {
  if (/^[1-9]\d{0,15}\.[1-9]\d{0,8}$/.test(text)) return text;
  return readInteger('the id', text, { min: 1, max: Number.MAX_SAFE_INTEGER });
}

/** Feelings and spending are shown only on request. */
function masked(letter: DeadLetter, flags: PayloadFlags): DeadLetter {
  return flags.payload ? letter : { ...letter, payload: `(${letter.bytes} bytes, --payload shows them)` };
}

function toRow(letter: DeadLetter, flags: PayloadFlags): Record<string, unknown> {
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
