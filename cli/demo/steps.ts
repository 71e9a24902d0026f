import { pc } from '../ui/colors.ts';
import { toCliError } from '../ui/failure.ts';

/** Says each step as it happens: on a terminal a line that is ticked off, elsewhere plain lines. */
export interface Steps {
  title(text: string): void;
  note(text: string): void;
  /**
   * Does the work and prints its outcome and its time (or `durationMs`, when that began elsewhere). Throws
   * the work's error, as a CliError where that is possible.
   */
  run<T>(
    label: string,
    work: () => Promise<T>,
    tell?: (result: T) => string,
    durationMs?: (result: T) => number,
  ): Promise<T>;
}

/** A step's line is 80 columns wide: mark, label, time. */
const WIDTH = 80;
const LABEL_WIDTH = WIDTH - 14;
const NOTE_INDENT = ' '.repeat(7);

export function createSteps(out: Pick<NodeJS.WriteStream, 'write' | 'isTTY'>): Steps {
  const printStep = (mark: string, label: string, ms: number) => {
    const text = `  ${mark} ${label.padEnd(LABEL_WIDTH)} ${pc.dim(durationOf(ms))}\n`;
    out.write(out.isTTY ? `\r\u001b[2K${text}` : text);
  };
  return {
    title: (text) => void out.write(`\n${pc.bold(text)}\n`),
    note(text) {
      for (const line of wrap(text, WIDTH - NOTE_INDENT.length)) {
        out.write(`${NOTE_INDENT}${pc.dim(line)}\n`);
      }
    },
    async run(label, work, tell, durationMs) {
      const startedMs = performance.now();
      if (out.isTTY) out.write(`  ${pc.dim('..')} ${label}`);
      try {
        const result = await work();
        const ms = durationMs?.(result) ?? performance.now() - startedMs;
        printStep(pc.green('ok'), tell ? `${label}: ${tell(result)}` : label, ms);
        return result;
      } catch (error) {
        const cliError = await toCliError(error);
        printStep(
          pc.red('no'),
          `${label}: ${cliError instanceof Error ? cliError.message : String(cliError)}`,
          performance.now() - startedMs,
        );
        throw cliError;
      }
    },
  };
}

function durationOf(ms: number): string {
  return (ms < 1000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(1)} s`).padStart(8);
}

/** Breaks a text at its spaces; a word longer than a line stays whole. */
function wrap(text: string, width: number): string[] {
  return text.split(' ').reduce<string[]>((lines, word) => {
    const last = lines.at(-1);
    if (last === undefined || last.length + 1 + word.length > width) return [...lines, word];
    return [...lines.slice(0, -1), `${last} ${word}`];
  }, []);
}
