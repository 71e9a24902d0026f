import { readUserEnvironment } from '../ui/environment.ts';
import { CliError, EXIT } from '../ui/output.ts';

const NAME = /^[\p{L}\p{N}][\p{L}\p{N} ._@+-]{0,98}[\p{L}\p{N}]$|^[\p{L}\p{N}]$/u;
/** The author of the policies that ship, and of retirements. */
const SYSTEM = 'ecs';

/** The operator who acts: `--by`, else ECS_OPERATOR. Throws a usage error without one. */
export function requireOperator({ by }: { by?: string }): string {
  const name = (by ?? readUserEnvironment().operator ?? '').trim().normalize('NFC');
  if (name.toLowerCase() === SYSTEM)
    throw new CliError('ecs is the name of the system', EXIT.usage, '--by NAME');
  if (NAME.test(name)) return name;
  throw new CliError(
    name === '' ? 'the name of the operator is needed' : `${JSON.stringify(name)} is not a name`,
    EXIT.usage,
    '--by NAME, or ECS_OPERATOR: up to 100 letters, digits and . _ @ + -',
  );
}

/** Throws a usage error for a note that says nothing. */
export function requireNote({ note = '' }: { note?: string }): string {
  const text = note.trim();
  if (text !== '') return text;
  throw new CliError('--note must say why', EXIT.usage, '--note "fewer denials of new customers"');
}
