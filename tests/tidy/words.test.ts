import { expect, test } from 'bun:test';
import { commentsOf, countFolder, countWords, FOLDERS } from './words.ts';

/** The word list's figures, as docs/glossary.md has its words. */
const RELATIVE_MAX = 0.03;
const VAGUE_MAX = 0.005;

test.each(FOLDERS)(
  '%s has comments with plain subjects, and names for the things they hold',
  async (folder) => {
    const { comments, relative, answers, bindings, vague, places } = await countFolder(folder);
    expect(comments + bindings).toBeGreaterThan(0);
    const shown = places.join('\n');
    expect({ shown, holds: relative <= comments * RELATIVE_MAX }).toEqual({ shown, holds: true });
    expect({ shown, answers }).toEqual({ shown, answers: 0 });
    expect({ shown, holds: vague <= bindings * VAGUE_MAX }).toEqual({ shown, holds: true });
  },
);

test('the count sees what it is for', () => {
  const text = [
    '/** What is left of it. */',
    '// Returns the rest,',
    '// for whoever asks.',
    'const one = list.map((other) => other.id);',
    '/** It answers with 1. */',
  ].join('\n');
  expect(commentsOf(text)).toHaveLength(3);
  expect(countWords('f.ts', text)).toMatchObject({
    comments: 3,
    relative: 2,
    answers: 1,
    bindings: 2,
    vague: 2,
  });
});
