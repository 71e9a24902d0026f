import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/**
 * Negative controls: a drill that cannot fail proves nothing, so each mechanism is broken once, in a copy of
 * the code, and its drill must notice.
 */
export interface Control {
  name: string;
  breaks: string;
  file: string;
  from: string;
  to: string;
  drill: string;
  events: number;
}

export const CONTROLS: Control[] = [
  {
    name: 'acknowledged before it is committed',
    breaks: 'ack after commit',
    file: 'platform/consuming/handle-batch.ts',
    from: "  options.failpoint?.('consume.fetched');",
    to: `  for (const message of messages) message.ack();
  await options.bus.ping();
  options.failpoint?.('consume.fetched');`,
    drill: 'crash-at-consume-fetched',
    events: 300,
  },
  {
    name: '202 before the PubAck',
    breaks: 'the PubAck awaited',
    file: 'platform/messaging/bus.ts',
    from: '    publishEvent: (topic, event) => groupOf(destinationOf(topic, event.userId)).add([event]),',
    to: `    async publishEvent(topic, event) {
      void groupOf(destinationOf(topic, event.userId)).add([event]).catch(() => {});
    },`,
    drill: 'nats-down',
    events: 10_000,
  },
  {
    name: 'sums of what came instead of what was new',
    breaks: 'the inbox',
    file: 'apps/emotion-processing/store.ts',
    from: '        from stored\n        group by',
    to: '        from incoming\n        group by',
    drill: 'duplicates',
    events: 1500,
  },
  {
    name: 'no loss detector searches for what the broker lost',
    breaks: 'the loss detector',
    file: 'platform/outbox/outbox-loss.ts',
    from: '    if (!grewOnly) {',
    to: '    if (!grewOnly && topics.length > 9) {',
    drill: 'broker-wiped',
    events: 0,
  },
  {
    name: 'marked as sent before it is published',
    breaks: 'the relay',
    file: 'platform/outbox/outbox.ts',
    from: '  const results = await Promise.allSettled(',
    to: `  const early = (row: OutboxRow) => ({ id: row.id, created: created.get(TOPICS[row.topic].stream) ?? '', sequence: 0 });
  await markSent(database, rows.map(early));
  failpoint?.('relay.published');
  const results = await Promise.allSettled(`,
    drill: 'crash-at-relay-published',
    events: 100,
  },
  {
    name: 'a claim that never ends',
    breaks: 'the lease',
    file: 'platform/outbox/outbox-store.ts',
    from: '(lease_until is null or lease_until < now())',
    to: 'lease_until is null',
    drill: 'crash-at-relay-claimed',
    events: 100,
  },
  {
    name: 'a place held for a body that does not come',
    breaks: 'the body read before admission',
    file: 'apps/gateway/pipeline.ts',
    from: `      admission.requireRoom(priority);
      response = await forward(request, params, requestId);`,
    to: '      response = await admission.run(priority, () => forward(request, params, requestId));',
    drill: 'slow-bodies',
    events: 200,
  },
  {
    name: 'a body waited for as long as it likes',
    breaks: 'the least speed of a body',
    file: 'platform/http/request-body.ts',
    from: '  return elapsedMs > Math.min(dueMs, limits.wholeMs);',
    to: '  return elapsedMs > 1000 * dueMs;',
    drill: 'slow-bodies',
    events: 200,
  },
  {
    name: 'a batch that costs as much as one event',
    breaks: 'the quota of events',
    file: 'apps/gateway/rate-limit.ts',
    from: '      if (cost === 1 || quota.take(key, cost - 1) === 0) return;',
    to: '      if (cost > 0 || quota.take(key, cost - 1) === 0) return;',
    drill: 'greedy-batches',
    events: 200,
  },
];

const ROOT = join(import.meta.dir, '..', '..');
const COPIED = 'apps cli deploy migrations platform sdk tests underwriting package.json tsconfig.json'.split(
  ' ',
);

/** Runs a control's drill on broken code; returns the drill's output, and whether it noticed. */
export async function runControl(
  control: Control,
  seed: number,
): Promise<{ noticed: boolean; output: string }> {
  const folder = mkdtempSync(join(tmpdir(), 'ecs-control-'));
  try {
    for (const name of COPIED) cpSync(join(ROOT, name), join(folder, name), { recursive: true });
    symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
    const file = join(folder, control.file);
    const code = readFileSync(file, 'utf8');
    if (!code.includes(control.from))
      throw new Error(`${control.file} has no line to break: ${control.from}`);
    writeFileSync(file, code.replace(control.from, control.to));
    const main = join(folder, 'tests', 'drills', 'main.ts');
    const options = ['--seed', String(seed), '--events', String(control.events), '--json'];
    const child = Bun.spawn([process.execPath, main, 'run', control.drill, ...options], {
      stdin: 'ignore',
      stdout: 'ignore',
      stderr: 'pipe',
    });
    const output = await new Response(child.stderr).text();
    return { noticed: (await child.exited) === 1 && /BROKEN|did not come true/.test(output), output };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
