import { SWAPPED_WORDS } from './operators.ts';

/** Adds the mutants of a text in SQL or of a policy document: comparisons, words and numbers. */
export function mutateText(
  text: string,
  offset: number,
  add: (place: { start: number; end: number }, replacement: string) => void,
): void {
  const put = (index: number, part: string, replacement: string) => {
    const start = offset + index;
    add({ start, end: start + part.length }, replacement);
  };
  const code = text.replaceAll(/(?<=^|\s)--.*/g, (comment) => ' '.repeat(comment.length));
  for (const [pattern, replacement] of SWAPPED_WORDS) {
    for (const { index, 0: part } of code.matchAll(pattern)) put(index, part, replacement);
  }
  // Not the digits of a name or of a parameter's number.
  for (const { index, 0: part } of code.matchAll(/(?<![\w$."-])\d+(\.\d+)?(?!\w)/g)) {
    put(index, part, nextNumber(part));
  }
}

/** Returns the number that is one more in its last place: 0.6 becomes 0.61, which is nearer than 0.7. */
export function nextNumber(raw: string): string {
  const [, whole = raw, fraction = ''] = /^([\d_]+)\.(\d+)$/.exec(raw) ?? [];
  if (Number(fraction) !== 0) return `${whole}.${fraction}1`;
  const next = String(Number(whole.replaceAll('_', '')) + 1);
  return fraction === '' ? next : `${next}.${fraction}`;
}
