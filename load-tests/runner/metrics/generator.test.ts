import { expect, test } from 'bun:test';
import { queueWarning } from './generator.ts';

test('warns of latencies that are mostly a wait in the generator itself', () => {
  const warning = queueWarning({ p50: 2.3 }, { requestMs: 1.9, samples: 60 });
  expect(warning).toEqual([expect.stringContaining('median 2.3 ms; that of http_req_duration is 1.9 ms')]);
  expect(queueWarning({ p50: 2.3 }, { requestMs: 50, samples: 60 })).toEqual([]);
  expect(queueWarning({ p50: 0.5 }, { requestMs: 0.6, samples: 60 })).toEqual([]);
  expect(queueWarning({ p50: 2.3 }, { requestMs: 1.9, samples: 3 })).toEqual([]);
});
