import { expect, test } from 'bun:test';
import { screenOf } from '../../../tests/harness/screen.ts';
import type { TickState } from '../execution/context.ts';
import { createMetricStore } from '../metrics/metric-store.ts';
import type { Moment } from '../metrics/timeline.ts';
import { createProgress } from './progress.ts';

const state: TickState = {
  elapsedMs: 61_000,
  vus: 40,
  vusMax: 50,
  completed: 12_345,
  interrupted: 0,
  store: createMetricStore([], { thresholds: {}, systemTags: null }),
  moment: { requests: 1200, lag: null } as Moment,
  scenarios: [{ scenario: 'steady', share: 0.5, text: '40 VUs  600.00 iters/s' }],
};

test.each([40, 80, 132, 200])('a terminal of %d columns shows the progress of a test once', (columns) => {
  let output = '';
  const out = { isTTY: true as const, columns, write: (text: string) => Boolean((output += text)) };
  const progress = createProgress(out, { quiet: false, verbose: false });
  for (const share of [0.1, 0.2, 0.3])
    progress.tick({ ...state, scenarios: [{ ...state.scenarios[0]!, share }] });
  const shown = screenOf(output, columns).join('');
  expect(shown.match(/running \(1m01s\)/g)).toHaveLength(1);
  expect(shown.match(/steady \[/g)).toHaveLength(1);
  expect(shown).toContain(' 30%');
  // As the terminal shows an interruption.
  output += '^C';
  progress.log('info', 'a line of the script');
  progress.end();
  const [line = '', ...rest] = screenOf(output, columns);
  expect(line).toBe('INFO[0000] a line of the script');
  expect(rest.join('')).toBe('');
});
