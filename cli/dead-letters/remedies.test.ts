import { expect, test } from 'bun:test';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { REMEDIES } from './remedies.ts';

test('a dead letter has the remedy that docs/failure-modes.md gives for its code', () => {
  const text = readFileSync(join(import.meta.dir, '../../docs/failure-modes.md'), 'utf8');
  const [, table = ''] = text.split('| code | cause | remedy |\n| --- | --- | --- |\n');
  const rows = [...(table.split('\n\n')[0] ?? '').matchAll(/^\| `(\w+)` \| .* \| (.*) \|$/gm)];
  expect(Object.fromEntries(rows.map(([, code, remedy]) => [code, remedy]))).toEqual(REMEDIES);
});
