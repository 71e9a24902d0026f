import { CliError, EXIT } from './output.ts';

export interface Line {
  /** From 1, blank lines included. */
  number: number;
  /** Null when it is longer than a line may be. */
  text: string | null;
}

/** Longer than any event: such a line is skipped, so that a file without line ends cannot fill the memory. */
const LINE_LENGTH_MAX = 64 * 1024;

/** The lines of a file, or of standard input for `-`, of any size, blank ones left out. */
export async function* readLines(file: string): AsyncGenerator<Line, void, void> {
  const decoder = new TextDecoder();
  let rest = '';
  let number = 0;
  let isTooLong = false;

  const take = (text: string): Line | null => {
    number += 1;
    const skipped = isTooLong || text.length > LINE_LENGTH_MAX;
    isTooLong = false;
    if (skipped) return { number, text: null };
    return text.trim() === '' ? null : { number, text };
  };

  for await (const chunk of await openInput(file)) {
    rest += decoder.decode(chunk, { stream: true });
    const texts = rest.split('\n');
    rest = texts.pop() ?? '';
    for (const text of texts) {
      const line = take(text);
      if (line) yield line;
    }
    if (rest.length > LINE_LENGTH_MAX) {
      isTooLong = true;
      rest = '';
    }
  }
  const last = rest === '' && !isTooLong ? null : take(rest);
  if (last) yield last;
}

async function openInput(file: string): Promise<AsyncIterable<Uint8Array>> {
  if (file === '-') return Bun.stdin.stream();
  const found = Bun.file(file);
  if (await found.exists()) return found.stream();
  throw new CliError(`there is no file ${file}`, EXIT.notFound);
}
