import { environment } from '../../deploy/local/environment.ts';

/** A pipe is as wide as its lines; COLUMNS is for terminals that do not say how wide they are. */
export function terminalColumns({ isTTY, columns }: Stream = process.stdout): number {
  if (!isTTY) return Number.POSITIVE_INFINITY;
  return Number(environment().COLUMNS) || columns || 80;
}

type Stream = Pick<NodeJS.WriteStream, 'isTTY' | 'columns'>;

/** Returns lines of so many columns: broken after spaces and after `|` and `,` of long lists. */
export function wrapText(text: string, width: number): string[] {
  return text.split('\n').flatMap((line) => {
    if (line.length <= width) return [line];
    // A continuation has the indent of its line.
    const indent = /^\s*/.exec(line)?.[0] ?? '';
    const parts = line.trimStart().split(/(?<=[\s|]|,(?!\d))/);
    return wrap(parts, width - indent.length).map((part) => indent + part.trimEnd());
  });
}

const CONTINUES = ' \\';
const INDENT = '    ';

/** Returns a command in lines of so many columns that a shell reads as one. */
export function wrapCommand(text: string, width: number): string[] {
  if (text.length <= width) return [text];
  // A flag and its value stay together.
  const words = text.match(/(?:--[\w-]+ )?(?:"[^"]*"|'[^']*'|[^\s"'])+\s*/g) ?? [text];
  const lines = wrap(words, width - INDENT.length - CONTINUES.length).map((line) => line.trimEnd());
  const last = lines.length - 1;
  return lines.map((line, index) => `${index === 0 ? '' : INDENT}${line}${index === last ? '' : CONTINUES}`);
}

function wrap(parts: string[], width: number): string[] {
  const lines: string[] = [];
  for (const part of parts) {
    const line = lines.at(-1);
    const isFull = line === undefined || (line + part).trimEnd().length > width;
    if (isFull) lines.push(part);
    else lines[lines.length - 1] = line + part;
  }
  return lines;
}
