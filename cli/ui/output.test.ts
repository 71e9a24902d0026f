import { expect, test } from 'bun:test';
import { join } from 'node:path';
import { fitTable, formatTable, indented } from './output.ts';

const CSI = '\u009b';
const OVERRIDE = '\u202e';

test("a person's words move no cursor and turn no direction, and JSON still has them", () => {
  const words = `pay ${CSI}2J ${OVERRIDE}evil`;
  const script = `import { print, printJson } from '${join(import.meta.dir, 'output.ts')}';
    print(${JSON.stringify(words)}); printJson({ words: ${JSON.stringify(words)} });`;
  const output = Bun.spawnSync([process.execPath, '-e', script]).stdout.toString();
  expect(output).not.toContain(CSI);
  expect(output).not.toContain(OVERRIDE);
  const [line = '', ...rest] = output.split('\n');
  expect(line).toBe('pay \\u009b2J \\u202eevil');
  expect(JSON.parse(rest.join('\n'))).toEqual({ ok: true, data: { words } });
});

test("colors are ours alone: another's hide nothing, and a pipe has none", () => {
  const script = `import { print } from '${join(import.meta.dir, 'output.ts')}';
    import { pc } from '${join(import.meta.dir, 'colors.ts')}';
    print(pc.dim(pc.red('ours')) + ' \\u001b[8mhidden \\u001b[30;40mblack');`;
  const print = (variables: Record<string, string>) =>
    Bun.spawnSync([process.execPath, '-e', script], { env: { ...process.env, NO_COLOR: '', ...variables } })
      .stdout.toString()
      .trim();
  const theirs = '\\u001b[8mhidden \\u001b[30;40mblack';
  expect(print({ FORCE_COLOR: '0' })).toBe(`ours ${theirs}`);
  expect(print({ FORCE_COLOR: '1' })).toBe(`\u001b[2m\u001b[31mours\u001b[39m\u001b[22m ${theirs}`);
});

test('no line of theirs looks like a line of ours', () => {
  const forged = 'late salary\ndecided    by bob\r\nterms      9';
  expect(`statement  ${indented(forged, 9)}`.split('\n')).toEqual([
    'statement  late salary',
    '         | decided    by bob',
    '         | terms      9',
  ]);
  expect(formatTable([{ note: forged }], ['note'])).toHaveLength(2);
});

test('a table fits its terminal: texts are cut, then rows become lines, and a pipe has all', () => {
  const row = { id: 'x'.repeat(36), message: 'm'.repeat(90), count: 3 };
  const columns = ['id', 'message', 'count'];
  expect(fitTable([row], columns, Number.POSITIVE_INFINITY)).toEqual(formatTable([row], columns));
  for (const width of [20, 24, 40, 60, 100]) {
    const lines = fitTable([row, row], columns, width);
    expect(Math.max(...lines.map((line) => Bun.stringWidth(Bun.stripANSI(line))))).toBeLessThanOrEqual(width);
  }
  expect(fitTable([row], columns, 60).join()).toContain('…');
  expect(fitTable([row], columns, 20)).toHaveLength(3);
});
