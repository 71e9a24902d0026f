import type { Command } from 'commander';
import { talkColors } from './colors.ts';
import type { TSchema } from '@sinclair/typebox';
import { createValidator } from '../platform/validation.ts';
import type { BatchResult } from '../sdk/index.ts';
import { importEvents, type ImportReport, type Rejection } from './import-events.ts';
import { CliError, EXIT, print, printJson, talk } from './output.ts';
import { interruptSignal } from './session.ts';

/** What the commands for emotions and for transactions have in common: import, and the talk of it. */
export interface EventImport<Event> {
  file: string;
  json: boolean;
  schema: TSchema;
  /** Given to lines that name no user. */
  userId: string;
  send(events: Event[], signal: AbortSignal): Promise<BatchResult>;
}

/** A report in JSON lists so many rejected lines; the others are counted. */
const LISTED_MAX = 1000;

/** Imports, prints the report, and fails when any line was rejected. */
export async function importFile<Event extends { eventId?: string | undefined }>(
  options: EventImport<Event>,
): Promise<void> {
  const { file, json, userId } = options;
  const signal = interruptSignal();
  const validator = createValidator(options.schema);
  const listed: Rejection[] = [];
  const progress = createProgress(json);

  const report = await importEvents<Event>({
    file,
    signal,
    send: (events) => options.send(events, signal),
    read(value) {
      const event = typeof value === 'object' && value !== null ? { userId, ...value } : value;
      const checked = validator.check(event);
      if (checked.ok) return checked.value as Event;
      return checked.errors.map(({ path, message }) => `${path} ${message}`).join('; ');
    },
    onRejected(rejection) {
      if (listed.length < LISTED_MAX) listed.push(rejection);
      progress.clear();
      talk(`${file}:${rejection.line}: ${rejection.message} (${rejection.code})`);
    },
    onBatch: progress.show,
  });
  progress.clear();
  const { accepted, rejected, durationMs } = report;
  if (json) printJson({ ...report, rejections: listed });
  else print(`${accepted} accepted, ${rejected} rejected in ${(durationMs / 1000).toFixed(1)} s`);
  if (rejected > 0) {
    throw new CliError(
      `${rejected} of ${accepted + rejected} lines were rejected`,
      EXIT.failed,
      'correct them and import those alone',
    );
  }
}

/** One line that is written over, on a terminal only. */
function createProgress(json: boolean) {
  const isShown = process.stderr.isTTY && !json;
  const write = (text: string) => {
    if (isShown) process.stderr.write(`\r\u001b[2K${text}`);
  };
  return {
    show({ accepted, rejected, durationMs }: ImportReport) {
      const perSecond = Math.round(((accepted + rejected) / Math.max(1, durationMs)) * 1000);
      write(talkColors.dim(`${accepted} accepted, ${rejected} rejected, ${perSecond}/s`));
    },
    clear: () => write(''),
  };
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
