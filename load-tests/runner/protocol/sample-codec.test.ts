import { expect, test } from 'bun:test';
import fc from 'fast-check';
import type { Sample } from './metrics.ts';
import { createSampleDecoder, createSampleEncoder } from './sample-codec.ts';

const sample = fc.record({
  metric: fc.constantFrom('http_reqs', 'checks', 'mine'),
  value: fc.double({ noNaN: true }),
  tags: fc.dictionary(fc.constantFrom('url', 'group', 'a'), fc.string({ maxLength: 3 }), {
    noNullPrototype: true,
  }),
});

test('samples are decoded as they were encoded, in any batches', () => {
  fc.assert(
    fc.property(fc.array(fc.array(sample)), (batches) => {
      const decoded: Sample[] = [];
      const encoder = createSampleEncoder();
      const decode = createSampleDecoder((sample) => decoded.push(sample));
      for (const batch of batches) {
        batch.forEach(encoder.add);
        decode(structuredClone(encoder.take()));
      }
      expect(decoded).toEqual(batches.flat());
    }),
  );
});

test('tags without end do not fill the memory', () => {
  const decoded: Sample[] = [];
  const encoder = createSampleEncoder();
  const decode = createSampleDecoder((sample) => decoded.push(sample));
  for (let round = 0; round < 30; round += 1) {
    for (let index = 0; index < 1000; index += 1) {
      encoder.add({ metric: 'm', value: index, tags: { url: `${round}/${index}` } });
    }
    const batch = encoder.take();
    decode(batch);
    expect(batch.isReset).toBe(round > 0 && round % 6 === 0);
  }
  expect(decoded).toHaveLength(30_000);
  expect(decoded.every(({ tags, value }) => tags.url?.endsWith(`/${value}`))).toBe(true);
});
