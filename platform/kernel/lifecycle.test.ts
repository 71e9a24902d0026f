import { expect, test } from 'bun:test';
import { pause } from './lifecycle.ts';

test('a pause whose time is over says nothing on stderr', async () => {
  const warnings: Error[] = [];
  const note = (warning: Error) => void warnings.push(warning);
  process.on('warning', note);
  await pause(-5);
  await pause(1);
  process.off('warning', note);
  expect(warnings).toEqual([]);
});
