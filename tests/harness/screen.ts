/** Returns the rows that a terminal of so many columns shows after this output, without those at its end. */
export function screenOf(output: string, columns: number): string[] {
  const rows: string[] = [''];
  let [row, column] = [0, 0];
  const rowAt = (at: number) => (rows[at] ??= '');
  const put = (text: string) => {
    if (column === columns) [row, column] = [row + 1, 0];
    rows[row] = rowAt(row).padEnd(column).slice(0, column) + text + rowAt(row).slice(column + 1);
    column += 1;
  };
  const control = (count: number, letter: string) => {
    // Colors have no place of their own.
    if (letter === 'm') return;
    if (letter === 'A') row = Math.max(0, row - count);
    else if (letter === 'J') rows.length = row + 1;
    if (letter === 'J' || letter === 'K') rows[row] = count === 2 ? '' : rowAt(row).slice(0, column);
  };
  // oxlint-disable-next-line no-control-regex
  for (const [text, count, letter] of output.matchAll(/\u001b\[([\d;]*)([A-Za-z])|[^]/gu)) {
    if (letter !== undefined) control(Number(count || (letter === 'A' ? 1 : 0)), letter);
    else if (text === '\r') column = 0;
    else if (text === '\n') [row, column] = [row + 1, 0];
    else put(text);
  }
  return rows.map((text) => text.trimEnd());
}
