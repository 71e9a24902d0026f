import { type Command, Option } from 'commander';

/** Flags that the commands for emotions and for transactions have in common. */
export function importOptions(command: Command): Command {
  return command
    .addOption(
      new Option('--format <format>', 'what it is (default: by name or content)').choices(['ndjson', 'csv']),
    )
    .option('--resume', 'go on where the import of this file stopped, or send what was added to it')
    .option('--restart', 'from the beginning, although an import of it was interrupted')
    .option('--rejects <file>', 'where rejected lines go (default: FILE.rejected.ndjson)')
    .option('--dry-run', 'check every line, send nothing');
}

export interface KeyFlags {
  idempotencyKey?: string;
}

export function keyOption(command: Command): Command {
  return command.option('--idempotency-key <key>', 'names the event: sent again with it, it counts once');
}

/** `--events N --rate N/s` of a simulation. */
export interface PaceFlags {
  users?: string;
  events: string;
  rate: string;
}

export function paceOptions(command: Command): Command {
  return command
    .option('--users <n>', 'register so many customers and send for them (default: send as the last login)')
    .option('--events <n>', 'how many events in all', '100')
    .option('--rate <n/s>', 'events a second', '50/s');
}
