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

const LABEL_WIDTH = 70;

export function createSteps(out: Pick<NodeJS.WriteStream, 'write' | 'isTTY'>): Steps {
  const printStep = (mark: string, label: string, ms: number) => {
    const text = `  ${mark} ${label.padEnd(LABEL_WIDTH)} ${pc.dim(durationOf(ms))}\n`;
    out.write(out.isTTY ? `\r\u001b[2K${text}` : text);
  };
  return {
    title: (text) => void out.write(`\n${pc.bold(text)}\n`),
    note: (text) => void out.write(`       ${pc.dim(text)}\n`),
    async run(label, work, tell, durationMs) {
      const startedMs = performance.now();
      if (out.isTTY) out.write(`  ${pc.dim('..')} ${label}`);
      try {
        const result = await work();
        const ms = durationMs?.(result) ?? performance.now() - startedMs;
        printStep(pc.green('ok'), tell ? `${label}: ${tell(result)}` : label, ms);
        return result;
      } catch (error) {
        const cliError = toCliError(error);
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

export function durationOf(ms: number): string {
  return (ms < 1000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(1)} s`).padStart(8);
}
