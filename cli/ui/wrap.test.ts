import { expect, test } from 'bun:test';
import fc from 'fast-check';
import { wrapCommand, wrapText } from './wrap.ts';

const words = fc.array(fc.stringMatching(/^[a-z|,]{1,12}$/), { minLength: 1, maxLength: 30 });

test('text fits its width, and keeps every word and line', () => {
  fc.assert(
    fc.property(words, fc.integer({ min: 20, max: 120 }), (list, width) => {
      const text = list.join(' ');
      const lines = wrapText(text, width);
      expect(lines.filter((line) => line.length > width)).toEqual([]);
      expect(lines.join('').replaceAll(' ', '')).toBe(list.join(''));
    }),
  );
  expect(wrapText('one\n  a long line that goes on', 16)).toEqual(['one', '  a long line', '  that goes on']);
});

test('a command that is broken is the same command to a shell', () => {
  const arbitrary = fc.array(
    fc.stringMatching(/^(?:--[a-z]{2,8}|[a-z]{1,12}|'[a-z ]{1,12}'|"[a-z ]{1,12}")$/),
    {
      minLength: 1,
      maxLength: 20,
    },
  );
  const examples = fc.sample(fc.tuple(arbitrary, fc.integer({ min: 40, max: 80 })), 200);
  const shown = (text: string) => `printf '%s\\0' ${text}; printf '\\n\\0'`;
  const outputOf = (texts: string[]) =>
    Bun.spawnSync(['sh', '-c', texts.map(shown).join('\n')]).stdout.toString();
  const broken = examples.map(([list, width]) => {
    const lines = wrapCommand(list.join(' '), width);
    expect(lines.filter((line) => line.length > width)).toEqual([]);
    return lines.join('\n');
  });
  expect(outputOf(broken)).toBe(outputOf(examples.map(([list]) => list.join(' '))));
});
