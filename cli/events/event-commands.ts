import { type Command, Option } from 'commander';
import type { BatchResult, EcsClient } from '../../sdk/index.ts';
import { type CustomerFlags, customerOptions, type WriterSession } from '../config/session.ts';
import { importFile, type ImportFlags } from '../import/import-file.ts';
import { sizeOf } from '../import/input.ts';
import type { EventKind } from '../import/read-event.ts';
import { run } from '../ui/failure.ts';
import { excludes } from '../ui/option-rules.ts';
import { print, printJson } from '../ui/output.ts';
import { type PaceFlags, simulate } from './simulate.ts';

/** The commands that emotions and transactions have in common, by the endpoint that they send to. */
type SendBatch<Event> = (ecs: EcsClient, events: Event[], signal?: AbortSignal) => Promise<BatchResult>;

/** Adds `import <file>`; `open` returns the session of the customer whose events they are. */
export function addImport<Event>(
  group: Command,
  options: {
    /** In the plural, for the help. */
    events: string;
    description: string;
    kind: EventKind;
    open: (flags: CustomerFlags & { user?: string }) => WriterSession;
    send: SendBatch<Event>;
  },
): Command {
  const command = group
    .command('import <file>')
    .summary(`send a file of ${options.events} of any size, NDJSON or CSV; - is stdin`)
    .description(options.description);
  return importOptions(customerOptions(command)).action(
    run(async (file: string, flags: CustomerFlags & ImportFlags & { user?: string }) => {
      // Opened first, so that a wrong file name fails before a missing login.
      sizeOf(file);
      const { ecs, userId, ownerId, system, context } = options.open(flags);
      await importFile<Event>(file, flags, options.kind, {
        home: context.home,
        system,
        userId,
        ownerId,
        send: (events, signal) => options.send(ecs, events, signal),
      });
    }),
  );
}

/** Adds `simulate`. */
export function addSimulation<Event>(
  group: Command,
  options: { events: string; invent: (userId: string) => Event; send: SendBatch<Event> },
): void {
  const command = group.command('simulate').summary(`send plausible ${options.events} at a steady rate`);
  paceOptions(customerOptions(command)).action(
    run((flags: CustomerFlags & PaceFlags) => simulate(flags, options.invent, options.send)),
  );
}

export function printReceived(
  received: { status: string; eventId: string },
  json: boolean | undefined,
): void {
  if (json) printJson(received);
  else print(`${received.status}  ${received.eventId}`);
}

function importOptions(command: Command): Command {
  excludes(command, '--resume', '--restart');
  return command
    .addOption(
      new Option('--format <format>', 'what it is (default: by name or content)').choices(['ndjson', 'csv']),
    )
    .option('--resume', 'go on where the import of this file stopped, or send what was added to it')
    .option('--restart', 'from the beginning, although an import of it was interrupted')
    .option('--rejects <file>', 'where rejected lines go (default: FILE.rejected.ndjson)')
    .option('--dry-run', 'judge every line as the API does, send nothing')
    .option('--allow-empty', 'a file without events is no failure')
    .option(
      '--map <name=column>',
      "a column by its name in the file, e.g. 'Valor=amount'; again for another",
      addTo,
    )
    .option('--columns <names>', "the header of a file without one, e.g. 'occurredAt,amount,,note'")
    .addOption(new Option('--decimal <sign>', 'of numbers; thousands may stand apart').choices([',', '.']))
    .option('--date <order>', 'of day, month and year, e.g. dd/mm/yyyy, or excel-1900 (default: yyyy-mm-dd)')
    .option('--timezone <zone>', 'of times without an offset, e.g. America/Sao_Paulo (default: UTC)')
    .option('--encoding <name>', 'e.g. windows-1252 (default: UTF-8, or UTF-16 with its mark)')
    .option('--null <text>', 'a field without a value, e.g. NULL or NA')
    .option(
      '--only <column=text>',
      "only rows with this text, e.g. 'State=COMPLETED'; again for another",
      addTo,
    )
    .addOption(new Option('--quotes <kind>', 'none: a " is as any character').choices(['double', 'none']))
    .addOption(new Option('--escapes <kind>', 'backslash: as MySQL writes').choices(['none', 'backslash']))
    .option('--layout <name>', 'read it as saved under this name')
    .option('--save-layout <name>', 'keep --map, --decimal, --date and the like under this name');
}

const addTo = (pair: string, pairs: string[] | undefined): string[] => [...(pairs ?? []), pair];

export interface KeyFlags {
  idempotencyKey?: string;
}

export function keyOption(command: Command): Command {
  return command.option('--idempotency-key <key>', 'names the event: sent again with it, it counts once');
}

function paceOptions(command: Command): Command {
  command
    .option('--users <n>', 'register so many customers and send for them (default: send as the last login)')
    .option('--events <n>', 'how many events in all', '100')
    .option('--rate <n/s>', 'events a second', '50/s');
  return excludes(command, '--users', '--as');
}
