import { expect, test } from 'bun:test';
import { keptTags } from './tag-sets.ts';

test('the same tags are the same object, which no later change reaches', () => {
  const tags: Record<string, string> = { scenario: 'default', group: '' };
  const first = keptTags(tags);
  expect(first).not.toBe(tags);
  tags.group = '::checkout';
  const second = keptTags(tags);
  expect([first, second]).toEqual([
    { scenario: 'default', group: '' },
    { scenario: 'default', group: '::checkout' },
  ]);
  expect(keptTags({ group: '', scenario: 'default' })).toBe(first);
  expect(keptTags({ ...tags })).toBe(second);
});

test('tags more or fewer are another set', () => {
  const tags = keptTags({ a: '1', b: '2' });
  expect(keptTags({ a: '1' })).toEqual({ a: '1' });
  expect(keptTags({ a: '1', b: '2', c: '3' })).toEqual({ a: '1', b: '2', c: '3' });
  expect(keptTags({ b: '2', a: '1' })).toBe(tags);
});

test('sets without end are kept apart', () => {
  for (let id = 0; id < 100; id += 1) expect(keptTags({ id: String(id) })).toEqual({ id: String(id) });
});
