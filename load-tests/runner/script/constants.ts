import { existsSync, readFileSync } from 'node:fs';

/** The sources of files, by path. */
type Sources = Record<string, string>;
type Message = Pick<BuildMessage, 'message' | 'position'>;

/** An assignment to a constant. Lines and columns count from 1, as the bundler's. */
interface Place {
  file: string;
  line: number;
  column: number;
  name: string;
  /** Whether it is the short form of a property of a pattern, as in `({ name } = value)`. */
  isShort: boolean;
  /** The columns of its new code. */
  span: [from: number, to: number];
}

const ASSIGNMENT = /^Cannot assign to (?:import )?"(.+?)"/;

/**
 * In k6 an assignment to a constant or an import throws when it runs; to the bundler it is an error, also
 * in a function that nothing calls. Offers sources with such names as `__ecs_constant(NAME).value`, and
 * takes the messages of a build with them; undefined when the messages are of anything else.
 */
export function createThrowingAssignments(messages: Message[], sources: Sources) {
  const places = messages.map((message) => placeOf(message, sources));
  if (!places.every((place) => place !== undefined)) return undefined;
  return {
    sources: () => ({ ...sources, ...rewrite(places, sources) }),
    /**
     * Writes those assignments otherwise that the bundler could not read: only there the short form of a
     * property can stand. Returns false when there are none.
     */
    correct(failures: Message[]): boolean {
      const short = places.filter(
        (place) => !place.isShort && failures.some(({ position }) => position && isWithin(position, place)),
      );
      for (const place of short) place.isShort = true;
      return short.length > 0;
    },
  };
}

export type ThrowingAssignments = NonNullable<ReturnType<typeof createThrowingAssignments>>;

function placeOf({ message, position }: Message, sources: Sources): Place | undefined {
  const name = ASSIGNMENT.exec(message)?.[1];
  if (!name || !position || (!(position.file in sources) && !existsSync(position.file))) return undefined;
  const { file, line, column } = position;
  const isThere = linesOf(file, sources)[line - 1]?.startsWith(name, column - 1);
  return isThere ? { file, line, column, name, isShort: false, span: [0, 0] } : undefined;
}

const linesOf = (file: string, sources: Sources): string[] =>
  (sources[file] ?? readFileSync(file, 'utf8')).split('\n');

/** Returns the changed files, and notes where the new code of each place stands. */
function rewrite(places: Place[], sources: Sources): Sources {
  const files = Object.groupBy(places, ({ file }) => file);
  const changed = Object.entries(files).map(([file, own = []]) => {
    const lines = linesOf(file, sources);
    const shifts: Record<number, number> = {};
    for (const place of own.toSorted((a, b) => a.column - b.column)) {
      const { line, name, isShort } = place;
      const text = lines[line - 1] ?? '';
      const from = place.column - 1 + (shifts[line] ?? 0);
      const code = `${isShort ? `${name}: ` : ''}__ecs_constant(${name}).value`;
      lines[line - 1] = text.slice(0, from) + code + text.slice(from + name.length);
      place.span = [from + 1, from + 1 + code.length];
      shifts[line] = (shifts[line] ?? 0) + code.length - name.length;
    }
    return [file, lines.join('\n')] as const;
  });
  return Object.fromEntries(changed);
}

const isWithin = ({ file, line, column }: NonNullable<Message['position']>, place: Place): boolean =>
  file === place.file && line === place.line && place.span[0] <= column && column <= place.span[1];

/** The place of a constant: it can be read. */
export const constantOf = (value: unknown) => ({
  get value() {
    return value;
  },
  set value(_: unknown) {
    throw new TypeError('Assignment to constant variable.');
  },
});
