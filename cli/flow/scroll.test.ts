import { expect, test } from 'bun:test';
import { createScroll, keysOf } from './scroll.ts';

const UP = '\u001b[A';
const PAGE_DOWN = '\u001b[6~';
const lines = Array.from({ length: 25 }, (_, index) => `line ${index + 1}`);

test('a text that fits is shown whole', () => {
  expect(createScroll().screenOf(lines, 26)).toEqual([...lines, 'q leaves']);
});

test('of a longer one each line can be reached, and the last row says where one is', () => {
  const scroll = createScroll();
  expect(scroll.screenOf(lines, 11)).toEqual([
    ...lines.slice(0, 10),
    'lines 1 to 10 of 25: arrows move, q leaves',
  ]);
  expect(scroll.move(PAGE_DOWN)).toBe(true);
  expect(scroll.screenOf(lines, 11)[0]).toBe('line 11');
  for (let count = 0; count < 9; count += 1) scroll.move('j');
  // The end is the end: the next step back moves at once.
  expect(scroll.screenOf(lines, 11).at(-2)).toBe('line 25');
  scroll.move(UP);
  expect(scroll.screenOf(lines, 11).at(-2)).toBe('line 24');
  scroll.move('\u001b[F');
  expect(scroll.screenOf(lines, 11).at(-2)).toBe('line 25');
  scroll.move('\u001b[H');
  expect(scroll.screenOf(lines, 11)[0]).toBe('line 1');
  // Before the next screen is drawn.
  for (const key of ['\u001b[F', UP, '\u001b[H', '\u001b[F', UP]) scroll.move(key);
  expect(scroll.screenOf(lines, 11).at(-2)).toBe('line 24');
  expect(scroll.move('x')).toBe(false);
});

test('the last row fits the columns of a narrow terminal', () => {
  const long = Array.from({ length: 128 }, () => '');
  expect(createScroll().screenOf(long, 24, 40).at(-1)).toBe('lines 1 to 23 of 128: arrows move, q le…');
});

test('keys that come together are told apart', () => {
  expect(keysOf('\u001b[6~\u001b[6~jq')).toEqual([PAGE_DOWN, PAGE_DOWN, 'j', 'q']);
  expect(keysOf('\u001bOA\u0003')).toEqual([UP, '\u0003']);
  expect(keysOf('')).toEqual([]);
});

test('a screen that grows, or a text that shrinks, shows as much as there is room for', () => {
  const scroll = createScroll();
  scroll.screenOf(lines, 6);
  scroll.move('\u001b[F');
  scroll.screenOf(lines, 6);
  expect(scroll.screenOf(lines, 30)).toEqual([...lines, 'q leaves']);
});
