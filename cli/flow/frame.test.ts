import { expect, test } from 'bun:test';
import { readFlow } from '../../platform/flow/read-flow.ts';
import { readMetrics } from '../../platform/flow/read-metrics.ts';
import type { ProcessSample } from '../../platform/flow/sample-process.ts';
import { frameOf } from './frame.ts';

const SERVICES = ['gateway', 'emotion-processing', 'credit', 'webhooks'];

/** A system of one process, whose webhooks have failed for a time. */
function sampleAt(atMs: number, attempts: number): ProcessSample {
  const lines = [
    `ecs_webhook_attempts_total{outcome="failed"} ${attempts}`,
    `ecs_webhook_attempts_total{outcome="delivered"} ${attempts}`,
    'ecs_webhook_pending_deliveries 120',
    'ecs_webhook_oldest_pending_seconds 80',
    'ecs_webhook_endpoints{state="failing"} 1',
    'ecs_dead_letters{stream="emotions"} 3',
    'process_start_time_seconds 1',
  ];
  const dependencies = { postgresql: 'up', nats: 'up' };
  const parts = SERVICES.map((name) => ({ name, status: 'ok', dependencies }));
  return {
    process: '127.0.0.1:9464',
    atMs,
    page: { atMs, uptimeSeconds: 60, parts },
    services: SERVICES,
    metrics: readMetrics(lines.join('\n')),
  };
}

const before = new Map([['127.0.0.1:9464', sampleAt(0, 0)]]);
const flow = readFlow(before, [sampleAt(10_000, 12)]);
const frameAt = (columns: number) =>
  frameOf(flow, { title: 'http://localhost:9999', columns }).map((line) => Bun.stripANSI(line));

test.each([60, 100, 140])(
  'a frame of %i columns has each edge with its state, and all findings whole',
  (columns) => {
    const lines = frameAt(columns);
    expect(lines.filter((line) => Bun.stringWidth(line) > columns || line.endsWith('…'))).toEqual([]);
    const ends = flow.edges.map(({ to, condition }) =>
      lines.find((line) => line.includes(to) && line.endsWith(condition)),
    );
    expect(ends).not.toContain(undefined);
    const words = lines.join(' ').replace(/\s+/g, ' ');
    for (const { text, failure_mode: mode } of flow.findings) {
      expect(words).toContain(text);
      expect(words).toContain(`docs/failure-modes.md: ${mode}`);
    }
  },
);

test('webhooks have rate, failures and queue in a terminal of 60 columns, and the command that shows more', () => {
  const lines = frameAt(60);
  const row = lines.find((line) => line.includes('partner endpoints')) ?? '';
  expect(row.trim().split(/\s{2,}/)).toEqual(['partner endpoints', '2.40', '1.20', '120', 'warning']);
  expect(lines.map((line) => line.trim())).toContain('ecs webhooks ls');
});
