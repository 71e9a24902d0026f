import { join } from 'node:path';
import { type Command, Option } from 'commander';
import { commandLine, steps } from '../../deploy/local/command-line.ts';
import { again } from '../ui/command-line.ts';
import { chooseRemote, dataDirOf } from '../config/context.ts';
import { interruptSignal, readInteger, type SystemFlags } from '../config/session.ts';
import { readSince } from '../config/since.ts';
import { type LogTail, logNames, openLogTail } from '../logs/log-files.ts';
import { createLineReader, type Level, LEVELS, type LogLine } from '../logs/log-line.ts';
import { pause } from '../../platform/kernel/lifecycle.ts';
import { pc } from '../ui/colors.ts';
import { run } from '../ui/failure.ts';
import { withExamples } from '../ui/help.ts';
import { CliError, EXIT, print, printJsonLine } from '../ui/output.ts';

interface Flags extends SystemFlags {
  follow?: boolean;
  level?: Level;
  since?: string;
  request?: string;
  lines?: string;
}

const LINES = 200;
const POLL_MS = 250;

export function register(program: Command): void {
  const logs = program
    .command('logs [service]')
    .description(
      'Reads the log files of a data folder, also after its system has ended. SERVICE is a process or ' +
        'engine (ecs, nats, postgresql, redis, supervisor) or a service (credit). Without --since or ' +
        `--request, the last ${LINES} lines.`,
    )
    .option('-f, --follow', 'go on with new lines, until Ctrl-C')
    .addOption(new Option('--level <level>', 'of this level, and above').choices([...LEVELS]))
    .option('--since <time>', 'from then on: 10m, 2h, 1d, or ISO 8601')
    .option('--request <id>', 'only of this request')
    .option('-n, --lines <n>', 'the last so many')
    .action(run(show));
  withExamples(
    logs,
    ['ecs logs'],
    ['ecs logs credit --follow --level warn'],
    ['ecs logs --request 0198f3a2-7c11-7d3e-9b53-0d6a1f2c4e8a', 'after an error named it'],
    ['ecs logs --since 10m --json | jq .data.message'],
  );
}

async function show(service: string | undefined, flags: Flags): Promise<void> {
  const remote = chooseRemote(flags);
  if (remote) {
    const here = again({ '--url': null, '--profile': null, '--data-dir': '.ecs' });
    const hint = steps(here, 'elsewhere, the logs are where its processes run');
    throw new CliError(`the logs of ${remote.name} are not on this machine`, EXIT.usage, hint);
  }
  const folder = join(dataDirOf(flags), 'logs');
  const names = logNames(folder);
  if (names.length === 0)
    throw new CliError(`there are no logs in ${folder}`, EXIT.notFound, commandLine('up', '--detach'));
  const fits = filterOf(service, flags);
  const isWhole = flags.since !== undefined || flags.request !== undefined;
  const tails = new Map<string, Tail>();
  const lines = readNew(folder, tails).filter(fits);
  const isKnown = service === undefined || names.includes(service) || isServiceOf(service, tails);
  if (!isKnown) throw new CliError(`no log has lines of ${service}`, EXIT.notFound, names.join(', '));
  const limit = readInteger('--lines', flags.lines ?? String(LINES), { min: 0, max: 1_000_000 });
  const shown =
    isWhole && flags.lines === undefined ? lines : lines.slice(lines.length - Math.min(limit, lines.length));
  const say = flags.json ? sayJson : sayLine;
  shown.forEach(say);
  if (!flags.follow) return;
  const signal = interruptSignal();
  while (!signal.aborted) {
    await pause(POLL_MS, signal).catch(() => {});
    readNew(folder, tails).filter(fits).forEach(say);
  }
}

interface Tail {
  tail: LogTail;
  parse: (text: string) => LogLine;
  services: Set<string>;
}

/** Reads the new lines of all files, and of files that were made since. */
function readNew(folder: string, tails: Map<string, Tail>): LogLine[] {
  for (const name of logNames(folder)) {
    if (tails.has(name)) continue;
    tails.set(name, { tail: openLogTail(folder, name), parse: createLineReader(name), services: new Set() });
  }
  const lines = [...tails.values()].flatMap(({ tail, parse, services }) => {
    const parsed = tail.read().map(parse);
    for (const { service } of parsed) if (service) services.add(service);
    return parsed;
  });
  return lines.toSorted((a, b) => a.at - b.at);
}

const isServiceOf = (service: string, tails: Map<string, Tail>) =>
  [...tails.values()].some(({ services }) => services.has(service));

function filterOf(service: string | undefined, flags: Flags): (line: LogLine) => boolean {
  const since = flags.since === undefined ? 0 : readSince(flags.since);
  const lowest = LEVELS.indexOf(flags.level ?? 'trace');
  const request = flags.request?.toLowerCase();
  return (line) =>
    line.at >= since &&
    LEVELS.indexOf(line.level) >= lowest &&
    (service === undefined || line.source === service || line.service === service) &&
    (request === undefined || line.requestId?.toLowerCase() === request);
}

function sayJson({ at, ...line }: LogLine): void {
  printJsonLine({ at: timeOf(at), ...line });
}

const PAINT: Record<Level, (text: string) => string> = {
  trace: pc.dim,
  debug: pc.dim,
  info: pc.green,
  warn: pc.yellow,
  error: pc.red,
  fatal: pc.red,
};

function sayLine({ at, source, service, level, message, details }: LogLine): void {
  const facts = Object.entries(details).map(([name, value]) => `${pc.dim(`${name}=`)}${asWord(value)}`);
  const from = pc.cyan(service ?? source);
  print([pc.dim(timeOf(at)), PAINT[level](level.padEnd(5)), from, message, ...facts].join(' '));
}

const asWord = (value: unknown) => (typeof value === 'string' ? value : JSON.stringify(value));
const timeOf = (at: number) => (at === 0 ? '-' : new Date(at).toISOString());
