import { expect, test } from 'bun:test';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryFolder } from '../../tests/harness/engines.ts';
import { writeBundle } from './write-bundle.ts';

test('a bundle is whole or not there, so that another try is not in its way', () => {
  const folder = join(temporaryFolder(), 'evidence');
  const files = { 'record.json': '{}', 'no-folder/acts.json': '[]' };
  expect(() => writeBundle(folder, files)).toThrow('ENOENT');
  expect(existsSync(folder)).toBe(false);
  writeBundle(folder, { 'record.json': '{}', 'manifest.json': '{}' });
  expect(readdirSync(folder).toSorted()).toEqual(['manifest.json', 'record.json']);
  expect(() => writeBundle(folder, {})).toThrow('is there already');
});
