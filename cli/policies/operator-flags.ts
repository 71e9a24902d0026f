import type { Command } from 'commander';
import { again } from '../ui/command-line.ts';
import type { Sql } from '../../platform/data/sql.ts';
import { resolveDatabase } from '../config/context.ts';
import { withDatabase } from '../config/database.ts';
import { type OperatorFlags, operatorOption } from '../config/operator-session.ts';
import { CliError, EXIT } from '../ui/output.ts';

export interface ActFlags extends OperatorFlags {
  note?: string;
}

/** Adds the flags of an operator's act. */
export function actOptions(command: Command, note: 'required' | 'optional' | null): Command {
  operatorOption(command);
  return note === null ? command : command.option('--note <text>', `why (${note})`);
}

/** Throws a usage error for a note that says nothing. */
export function requireNote({ note = '' }: { note?: string }): string {
  const text = note.trim();
  if (text !== '') return text;
  throw new CliError(
    '--note must say why',
    EXIT.usage,
    again({ '--note': 'fewer denials of new customers' }),
  );
}

type SystemChoice = Parameters<typeof resolveDatabase>[0];

/** Reads policies from the database. */
export function withPolicies<T>(flags: SystemChoice, work: (sql: Sql) => Promise<T>): Promise<T> {
  return withDatabase(resolveDatabase(flags), 'ecs policy', work);
}
