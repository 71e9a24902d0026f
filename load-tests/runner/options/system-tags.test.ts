import { expect, test } from 'bun:test';
import { readOptions } from './options.ts';
import { createTagFilter } from './system-tags.ts';

test('a word that is no system tag is refused by name, wherever it stands', () => {
  const read = (systemTags: unknown) => readOptions({ vus: 1, iterations: 1, systemTags });
  for (const tags of [['status', 'nope'], 'status,nope']) {
    expect(() => read(tags)).toThrow('systemTags: "nope" is none of proto, subproto, status');
  }
  const environment = { systemTags: 'nope' };
  expect(() => readOptions({ vus: 1, iterations: 1 }, {}, { environment })).toThrow('systemTags: "nope"');
  expect(() => readOptions({ vus: 1, iterations: 1 }, { systemTags: 'nope' })).toThrow('"nope"');
  expect(read(['status', 'ip']).systemTags).toEqual(['status', 'ip']);
  // In k6 they are metadata, which no output here has.
  for (const tag of ['vu', 'iter'])
    expect(() => read(['status', tag])).toThrow(`systemTags: "${tag}" is not offered`);
  // As k6 has it: none at all.
  expect(read('').systemTags).toEqual([]);
  expect(read(undefined).systemTags).toBeNull();
});

test('a tag of the script itself stays where no sample has it otherwise, whatever the option names', () => {
  const keep = createTagFilter(['status']);
  expect(keep({ service: 'checkout', ip: 'home', status: '200', method: 'GET', mine: 'x' })).toEqual({
    service: 'checkout',
    ip: 'home',
    status: '200',
    mine: 'x',
  });
});
