import { talkColors } from '../ui/colors.ts';
import { isTalking, shorten, talk } from '../ui/output.ts';
import { terminalColumns } from '../ui/wrap.ts';

interface Progress {
  show(state: { accepted: number; rejected: number; bytes: number }): void;
  clear(): void;
}

const DRAW_MS = 100;
const LINE_MS = 10_000;
const BAR_WIDTH = 24;

/** Shows progress and rate: on a terminal one line that is overwritten, elsewhere a line every 10 s. */
export function createProgress(totalBytes: number | null, fromBytes: number): Progress {
  const startedMs = performance.now();
  const isTerminal = process.stderr.isTTY;
  let drawnMs = isTerminal ? 0 : startedMs;
  const write = (text: string) => {
    if (isTerminal && isTalking()) process.stderr.write(`\r\u001b[2K${text}`);
  };
  return {
    show({ accepted, rejected, bytes }) {
      const now = performance.now();
      if (now - drawnMs < (isTerminal ? DRAW_MS : LINE_MS)) return;
      drawnMs = now;
      const seconds = Math.max(0.001, (now - startedMs) / 1000);
      const share = totalBytes ? Math.min(1, bytes / totalBytes) : null;
      const secondsLeft = share
        ? ((totalBytes ?? 0) - bytes) / (Math.max(1, bytes - fromBytes) / seconds)
        : null;
      const text = [
        ...(share === null ? [] : [`${(share * 100).toFixed(0).padStart(3)} %`]),
        `${accepted.toLocaleString('en')} accepted`,
        ...(rejected > 0 ? [`${rejected.toLocaleString('en')} rejected`] : []),
        `${Math.round((accepted + rejected) / seconds).toLocaleString('en')}/s`,
        ...(secondsLeft === null ? [] : [`${Math.ceil(secondsLeft)} s left`]),
      ].join('  ');
      if (isTerminal) write(lineOf(share, text));
      else talk(text);
    },
    clear: () => write(''),
  };
}

/** Fits a row of the terminal, since a row alone is drawn over: without the bar where it is too narrow. */
function lineOf(share: number | null, text: string): string {
  const columns = terminalColumns(process.stderr);
  const drawn = share === null ? '' : `${bar(share)} `;
  const start = drawn.length + text.length < columns ? drawn : '';
  return `${start}${talkColors.dim(shorten(text, columns - 1 - start.length))}`;
}

function bar(share: number): string {
  const full = Math.round(share * BAR_WIDTH);
  return `[${'='.repeat(full)}${' '.repeat(BAR_WIDTH - full)}]`;
}
