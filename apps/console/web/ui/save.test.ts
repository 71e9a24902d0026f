import { expect, test } from 'bun:test';
import { toCsv } from './save.ts';

const fieldOf = (value: string | number) => toCsv([[value]]).slice(1, -2);

test.each([
  '=1+1',
  '+1+1',
  '-1+1',
  '@SUM(A1)',
  '\t=1',
  '\r=1',
  ' =1',
  '\u200b=1',
  '\n=1',
  '＝1+1',
  '＠x',
  '＋1',
  '－x',
  '-x',
  '\u0001=1',
  '\ttext',
  '\ntext',
])('a text that a spreadsheet would compute begins with an apostrophe: %j', (text) => {
  expect(fieldOf(text).replace(/^"/, '').startsWith("'")).toBe(true);
});

test('a text behind the separator of some countries is none that is computed either', () => {
  expect(fieldOf('failed;=HYPERLINK(1)')).toBe(`"failed;'=HYPERLINK(1)"`);
});

test.each([
  [-0.12, '-0.12'],
  ['-0.12', '-0.12'],
  ['-1,234.50', '"-1,234.50"'],
  ['-3.1 %', '-3.1 %'],
  ['says "no"\nand more', '"says ""no""\nand more"'],
  ['São Paulo – 90 % below', 'São Paulo – 90 % below'],
])('%j is %s in a file', (value, text) => {
  expect(fieldOf(value)).toBe(text);
});

test('a file begins with the mark of UTF-8, by which a spreadsheet reads its letters', () => {
  expect(
    toCsv([
      ['a', 'b'],
      [1, 2],
    ]),
  ).toBe('\uFEFFa,b\r\n1,2\r\n');
});
