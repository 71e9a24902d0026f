import { expect, test } from 'bun:test';
import { fileOfOutput, readOutput } from './outputs.ts';

test('an output is a file, or has the settings of k6, of which the flag goes before the variable', () => {
  expect(readOutput('json=all.json', {})).toEqual({ kind: 'json', file: 'all.json' });
  expect(readOutput('csv', {})).toEqual({ kind: 'csv', file: 'file.csv', timeFormat: 'unix' });
  expect(readOutput('csv=a,b.csv', {})).toEqual({ kind: 'csv', file: 'a,b.csv', timeFormat: 'unix' });
  const settings = 'csv=fileName=a.csv,timeFormat=rfc3339,saveInterval=2s';
  const variables = { K6_CSV_FILENAME: 'b.csv', K6_CSV_TIME_FORMAT: 'unix_nano' };
  expect(readOutput(settings, variables)).toEqual({ kind: 'csv', file: 'a.csv', timeFormat: 'rfc3339' });
  expect(readOutput('csv', variables)).toEqual({ kind: 'csv', file: 'b.csv', timeFormat: 'unix_nano' });
  expect(['json=a=b.json', settings, 'csv=a.csv', 'json'].map(fileOfOutput)).toEqual([
    'a=b.json',
    'a.csv',
    'a.csv',
    'json',
  ]);
});

test.each([
  ['influxdb=http://x', '--out influxdb is not offered'],
  ['csv=file=a.csv', '--out csv has no setting file'],
  ['csv=fileName=a.csv,gzip', '--out csv has no setting gzip'],
  ['csv=timeFormat=iso', 'timeFormat iso is none of unix, unix_milli'],
  ['csv=saveInterval=often', 'saveInterval: invalid duration'],
])('%s is refused by name', (text, message) => {
  expect(() => readOutput(text, {})).toThrow(message);
});
