import { pc } from '../ui/colors.ts';
import { toCliError } from '../ui/failure.ts';
import { shorten } from '../ui/output.ts';
import { terminalColumns, wrapText } from '../ui/wrap.ts';

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

/** A step's line is 80 columns wide, or as wide as the terminal: mark, label, time. */
const WIDTH = 80;
const BESIDES_LABEL = 14;
const NOTE_INDENT = ' '.repeat(7);

export function createSteps(out: Pick<NodeJS.WriteStream, 'write' | 'isTTY' | 'columns'>): Steps {
  const width = Math.min(WIDTH, terminalColumns(out));
  const printStep = (mark: string, label: string, ms: number) => {
    const text = `  ${mark} ${label.padEnd(width - BESIDES_LABEL)} ${pc.dim(durationOf(ms))}\n`;
    out.write(out.isTTY ? `\r\u001b[2K${text}` : text);
  };
  return {
    title: (text) => void out.write(`\n${pc.bold(text)}\n`),
    note(text) {
      for (const line of wrapText(text, width - NOTE_INDENT.length)) {
        out.write(`${NOTE_INDENT}${pc.dim(line)}\n`);
      }
    },
    async run(label, work, tell, durationMs) {
      const startedMs = performance.now();
      // Drawn over at its end, so it has to fit a row of the terminal.
      if (out.isTTY) out.write(`  ${pc.dim('..')} ${shorten(label, width - '  .. '.length - 1)}`);
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
