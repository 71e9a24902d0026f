import { existsSync, readFileSync } from 'node:fs';

/** The sources of files, by path. */
type Sources = Record<string, string>;
type Message = Pick<BuildMessage, 'message' | 'position'>;

const ASSIGNMENT = /^Cannot assign to (?:import )?"(.+?)"/;

/**
 * In k6 an assignment to a constant or an import throws when it runs; to the bundler it is an error, also
 * in a function that nothing calls. Returns the sources with such names as `__ecs_constant(NAME).value`;
 * undefined when the messages are of anything else.
 */
export function withThrowingAssignments(messages: Message[], sources: Sources): Sources | undefined {
  const changed: Sources = {};
  // From the end, so that the places before it stay.
  for (const { message, position } of messages.toReversed()) {
    const name = ASSIGNMENT.exec(message)?.[1];
    if (!name || !position || (!(position.file in sources) && !existsSync(position.file))) return undefined;
    const { file, line, column } = position;
    const lines = (changed[file] ?? sources[file] ?? readFileSync(file, 'utf8')).split('\n');
    const text = lines[line - 1] ?? '';
    if (!text.startsWith(name, column - 1)) return undefined;
    const rest = text.slice(column - 1 + name.length);
    lines[line - 1] = `${text.slice(0, column - 1)}__ecs_constant(${name}).value${rest}`;
    changed[file] = lines.join('\n');
  }
  return { ...sources, ...changed };
}

/** The place of a constant: it can be read. */
export const constantOf = (value: unknown) => ({
  get value() {
    return value;
  },
  set value(_: unknown) {
    throw new TypeError('Assignment to constant variable.');
  },
});
