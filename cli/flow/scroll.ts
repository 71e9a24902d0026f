import { shorten } from '../ui/output.ts';

/** Keys of a terminal, and how far each moves: a line, or a page. */
const MOVES = new Map<string, (page: number) => number>([
  ['\u001b[A', () => -1],
  ['k', () => -1],
  ['\u001b[B', () => 1],
  ['j', () => 1],
  ['\u001b[5~', (page) => -page],
  ['\u001b[6~', (page) => page],
  [' ', (page) => page],
  ['\u001b[H', () => Number.NEGATIVE_INFINITY],
  ['\u001b[F', () => Number.POSITIVE_INFINITY],
]);

/** Input of a terminal as keys; those that come fast come together. */
export const keysOf = (input: string): string[] =>
  // A key without a character of its own is ESC, `[` or `O`, and what names it.
  // oxlint-disable-next-line no-control-regex
  (input.match(/\u001b[[O][\d;]*[A-Za-z~]|[^]/gu) ?? []).map((key) => key.replace('\u001bO', '\u001b['));

interface Scroll {
  /** Moves by a key; returns whether it is one that moves. */
  move(key: string): boolean;
  /** Returns the rows of a screen: the lines that fit, and a last one that says what else there is. */
  screenOf(lines: readonly string[], rows: number, columns?: number): string[];
}

/** A text of more lines than a screen has rows, moved by keys. */
export function createScroll(): Scroll {
  let top = 0;
  /** Of the last screen: its lines, and the top at which it shows the end. */
  let [page, end] = [1, 0];
  return {
    move(key) {
      const move = MOVES.get(key);
      if (!move) return false;
      top = Math.min(Math.max(0, top + move(page)), end);
      return true;
    },
    screenOf(lines, rows, columns = Number.POSITIVE_INFINITY) {
      page = Math.max(1, rows - 1);
      end = Math.max(0, lines.length - page);
      top = Math.min(top, end);
      const shown = lines.slice(top, top + page);
      if (lines.length <= page) return [...shown, 'q leaves'];
      const place = `lines ${top + 1} to ${top + shown.length} of ${lines.length}`;
      // A row that is broken would move the whole screen.
      return [...shown, shorten(`${place}: arrows move, q leaves`, columns)];
    },
  };
}
