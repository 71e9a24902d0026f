import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'bun:test';
import { CONTROLS, runControl } from './controls.ts';

/** Two of them in every run; all of them: `npm run drills -- controls`. */
const SHORT = ['acknowledged before it is committed', 'sums of what came instead of what was new'];

test.each(CONTROLS)('the code that it breaks exists: $name', ({ file, from }) => {
  expect(readFileSync(join(import.meta.dir, '..', '..', file), 'utf8')).toContain(from);
});

test.each(CONTROLS.filter(({ name }) => SHORT.includes(name)))(
  'its drill notices: $name',
  async (control) => {
    const { noticed, output } = await runControl(control, 1);
    expect({ noticed, output: noticed ? '' : output }).toEqual({ noticed: true, output: '' });
  },
  240_000,
);
