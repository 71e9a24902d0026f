import { expect, test } from 'bun:test';
import { join } from 'node:path';
import { requireWritable } from './file-failure.ts';

test('a place for a file below another file, or with a name that ends as a folder, is refused', () => {
  const { path: file, dir } = import.meta;
  expect(() => requireWritable(join(file, 'x.csv'))).toThrow(`there is no folder ${file}`);
  expect(() => requireWritable(`${dir}/`)).toThrow('it is a folder');
  expect(() => requireWritable(`${dir}/absent/`)).toThrow('it is a folder');
  requireWritable(join(dir, 'absent'));
});
