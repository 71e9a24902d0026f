import { expect, test } from 'bun:test';
import { Email } from './auth.ts';

const pattern = new RegExp(Email.pattern ?? '$^');

test.each([
  'ada@example.com',
  "o'brien+tag/x={y}|~!#$%&*^`?_-@sub.example.co.uk",
  '.dots..of.old.@phone.example.jp',
  'josé@exämple.example',
  '用户@例子.广告',
  'अजय@डाटा.भारत',
  'ada@xn--bcher-kva.example',
])('%s is an e-mail', (email) => {
  expect(pattern.test(email)).toBe(true);
});

test.each([
  'a@b',
  'a b@example.com',
  'a@{x.<y',
  'a@[127.0.0.1]',
  'a@example_.com',
  'a@example.com.',
  'a@.example.com',
  'a@b@example.com',
  '<a>@example.com',
  '"a"@example.com',
  'a\\b@example.com',
  'a,b@example.com',
])('%s is none', (email) => {
  expect(pattern.test(email)).toBe(false);
});

test('no character that shows nothing is in one', () => {
  const ignorable = /\p{Default_Ignorable_Code_Point}/u;
  const taken: string[] = [];
  for (let code = 0; code <= 0x10_ffff; code += 1) {
    if (code >= 0xd800 && code <= 0xdfff) continue;
    const character = String.fromCodePoint(code);
    if (!ignorable.test(character)) continue;
    const emails = [`a${character}da@example.com`, `ada@exa${character}mple.com`];
    if (emails.some((email) => pattern.test(email))) taken.push(code.toString(16));
  }
  expect(taken).toEqual([]);
});

test('letters beyond the first plane are in one', () => {
  expect(['𝒶da@example.com', 'ada@𐐷.example', '😀@example.com'].every((email) => pattern.test(email))).toBe(
    true,
  );
});
