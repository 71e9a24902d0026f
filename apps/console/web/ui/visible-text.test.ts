import { expect, test } from 'bun:test';
import { visibleText } from './visible-text.ts';

test.each([
  ['a\u202Eevil\u202C', 'a[U+202E]evil[U+202C]'],
  ['\u2066x\u2069\u200F', '[U+2066]x[U+2069][U+200F]'],
  ['ad\u200Bmin', 'ad[U+200B]min'],
  ['ad\u200Dmin', 'ad[U+200D]min'],
  ['pass\u00ADword\uFEFF', 'pass[U+00AD]word[U+FEFF]'],
  ['a\u0000b\u001Bc\u2028d', 'a[U+0000]b[U+001B]c[U+2028]d'],
  ['tag\u{E0041}', 'tag[U+E0041]'],
  ['half \uD83D', 'half [U+D83D]'],
])('shows by their numbers the characters of %j that are not seen', (text, shown) => {
  expect(visibleText(text)).toBe(shown);
});

test.each([
  'two\nlines\tand a tab',
  '👩‍👩‍👧‍👦 🏳️‍🌈 ❤️',
  'می‌خواهم',
  'क्‍ष',
  'مرحبا 123',
  'São Paulo, naïve, Ω',
  '',
])('leaves %j as it is', (text) => {
  expect(visibleText(text)).toBe(text);
});
