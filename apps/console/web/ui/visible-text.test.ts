import { afterAll, expect, test } from 'bun:test';
import { h, options } from 'preact';
import { showUnseenCharacters, visibleText } from './visible-text.ts';

const { vnode: formerHook } = options;
afterAll(() => {
  if (formerHook) options.vnode = formerHook;
  else delete options.vnode;
});

test.each([
  ['a\u202Eevil\u202C', 'a[U+202E]evil[U+202C]'],
  ['\u2066x\u2069\u200F', '[U+2066]x[U+2069][U+200F]'],
  ['ad\u200Bmin', 'ad[U+200B]min'],
  ['ad\u200Dmin', 'ad[U+200D]min'],
  ['\u0645\u200Cx\u200D\u0645\u00A0\u200C\u0645', '\u0645[U+200C]x[U+200D]\u0645\u00A0[U+200C]\u0645'],
  ['note\uFFF9x\uFFFB', 'note[U+FFF9]x[U+FFFB]'],
  ['pass\u00ADword\uFEFF', 'pass[U+00AD]word[U+FEFF]'],
  ['a\u0000b\u001Bc\u2028d', 'a[U+0000]b[U+001B]c[U+2028]d'],
  ['tag\u{E0041}', 'tag[U+E0041]'],
  ['half \uD83D', 'half [U+D83D]'],
])('shows by their numbers the characters of %j that are not seen', (text, shown) => {
  expect(visibleText(text)).toBe(shown);
});

test.each([
  'two\nlines\tand a tab',
  'São\nPaulo\tand a tab',
  '👩‍👩‍👧‍👦 🏳️‍🌈 ❤️',
  'می‌خواهم',
  'क्‍ष',
  'مرحبا 123',
  'São Paulo, naïve, Ω',
  '',
])('leaves %j as it is', (text) => {
  expect(visibleText(text)).toBe(text);
});

test('a page draws them in no text and no label; typed values and what components get stay as they are', () => {
  const text = 'a\u202Eb';
  const shown = 'a[U+202E]b';
  showUnseenCharacters();
  const { props } = h('input', {
    title: text,
    'aria-label': text,
    placeholder: text,
    alt: text,
    value: text,
  });
  expect(props).toMatchObject({
    title: shown,
    'aria-label': shown,
    placeholder: shown,
    alt: shown,
    value: text,
  });
  expect(h('p', {}, text).props.children).toBe(shown);
  expect(h('p', {}, 'is ', [text], 7).props.children).toEqual(['is ', [shown], 7]);
  expect(h(() => null, { title: text }).props).toMatchObject({ title: text });
});
