import { join } from 'node:path';
import { expect, test } from 'bun:test';
import { COMPILER_ENV, COMPILER_OPTIONS } from '../harness/compiler.ts';
import { CONTROLS, runControl, withBrokenCopy } from './controls.ts';

/** Two of them in every run; all of them: `npm run drills -- controls`. */
const SHORT = ['acknowledged before it is committed', 'sums of what came instead of what was new'];

test('broken lines type-check, so that a drill notices what they do and not that they do not run', async () => {
  // Two controls break the same drill's mechanisms, but no two the same line: all fit into one copy.
  const output = await withBrokenCopy(CONTROLS, async (folder) => {
    const include = ['apps', 'platform'].map((room) => `${room}/**/*.ts`);
    // No drill runs them.
    const exclude = ['**/*.test.ts'];
    const config = join(folder, 'tsconfig.broken.json');
    const compilerOptions = { noUnusedLocals: false, noUnusedParameters: false };
    const content = { extends: './tsconfig.json', compilerOptions, include, exclude };
    await Bun.write(config, JSON.stringify(content));
    const tsc = Bun.spawn([process.execPath, 'x', 'tsc', '--noEmit', '-p', config, ...COMPILER_OPTIONS], {
      cwd: folder,
      env: COMPILER_ENV,
      stdout: 'pipe',
    });
    return new Response(tsc.stdout).text();
  });
  expect(output).toBe('');
}, 60_000);

test.each(CONTROLS.filter(({ name }) => SHORT.includes(name)))(
  'its drill notices: $name',
  async (control) => {
    const { noticed, output } = await runControl(control, 1);
    expect({ noticed, output: noticed ? '' : output }).toEqual({ noticed: true, output: '' });
  },
  240_000,
);
