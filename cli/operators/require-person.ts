import { again } from '../ui/command-line.ts';
import { readUserEnvironment } from '../ui/environment.ts';
import { CliError, EXIT } from '../ui/output.ts';

const NAME = /^[\p{L}\p{N}][\p{L}\p{N} ._@+-]{0,99}$/u;
/** Acts by other ways have these. */
const RESERVED = new Set(['ecs', 'customer', 'restore']);

/** Returns the name for the audit log: that of `--by`, or ECS_OPERATOR. */
export function requirePerson(by: string | undefined): string {
  const name = by ?? readUserEnvironment().operator ?? '';
  if (NAME.test(name) && !RESERVED.has(name.toLowerCase())) return name;
  throw new CliError('the name of the person who asks is needed', EXIT.usage, again({ '--by': 'NAME' }));
}
