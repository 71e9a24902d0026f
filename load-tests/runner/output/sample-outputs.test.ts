import { expect, test } from 'bun:test';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryFolder } from '../../../tests/harness/engines.ts';
import { createMetricStore } from '../metrics/metric-store.ts';
import { readOutput } from '../options/outputs.ts';
import { openOutputs } from './sample-outputs.ts';

test.each([
  ['unix', /^\d{10}$/],
  ['unix_milli', /^\d{13}$/],
  ['unix_micro', /^\d{16}$/],
  ['unix_nano', /^\d{19}$/],
  ['rfc3339', /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/],
  ['rfc3339_nano', /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{0,2}[1-9])?Z$/],
])('CSV has its times as %s', async (timeFormat, form) => {
  const file = join(temporaryFolder(), 'samples.csv');
  const store = createMetricStore([], { thresholds: {}, systemTags: null });
  const [output] = openOutputs([readOutput(`csv=fileName=${file},timeFormat=${timeFormat}`, {})]);
  const sample = { metric: 'iterations', value: 1, tags: {} };
  output?.add(sample, store.add(sample));
  await output?.close();
  const [, line = ''] = readFileSync(file, 'utf8').split('\n');
  expect(line.split(',')[1]).toMatch(form);
});
