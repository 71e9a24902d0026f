import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findMarkers, type Marker } from './markers.ts';

/**
 * Negative controls: a drill that cannot fail proves nothing, so each mechanism is broken once, in a copy of
 * the code, and its drill must notice. A comment `control: MARKER` stands in the code above the line that the
 * control puts another in the place of.
 */
interface Control {
  name: string;
  breaks: string;
  marker: string;
  /** Stands in the place of the marked line. */
  line: string;
  drill: string;
  /** The drill's own by default: a drill refuses an option without effect. */
  events?: number;
  rounds?: number;
}

export const CONTROLS: Control[] = [
  {
    name: 'acknowledged before it is committed',
    breaks: 'ack after commit',
    marker: 'ack-after-commit',
    // Of the consumers of events alone: the relay publishes an acceptance that was lost again.
    line: `if (options.durable === 'emotion-processing') {
    for (const message of messages) message.ack();
    await options.bus.ping();
    options.failpoint?.('consume.fetched');
  }`,
    drill: 'crash-at-consume-fetched',
    events: 300,
  },
  {
    name: '202 before the PubAck',
    breaks: 'the PubAck awaited',
    marker: 'puback-awaited',
    line: `async publishEvent(topic, event) {
      void groupOf(routes.destinationOf(topic, event.userId)).add([event]).catch(() => {});
    },`,
    drill: 'nats-down',
    events: 10_000,
  },
  {
    name: 'sums of what came instead of what was new',
    breaks: 'the inbox',
    marker: 'sums-of-new-rows',
    line: 'from incoming group by user_id, summary_date order by user_id, summary_date',
    drill: 'duplicates',
    events: 1500,
  },
  {
    name: 'no loss detector searches for what the broker lost',
    breaks: 'the loss detector',
    marker: 'loss-detector',
    line: 'if (!grewOnly && topics.length > 9) {',
    drill: 'broker-wiped',
    events: 0,
  },
  {
    name: 'marked as sent before it is published',
    breaks: 'the relay',
    marker: 'sent-after-published',
    line: `const early = (row: OutboxRow) => ({ id: row.id, version: row.version, created: created.get(TOPICS[row.topic].stream) ?? '', sequence: 0 });
  await markSent(database, rows.map(early));
  failpoint?.('relay.published');
  const results = await Promise.allSettled(`,
    drill: 'crash-at-relay-published',
    events: 100,
  },
  {
    name: 'the worker stores without asking for a consent',
    breaks: 'the consent to the capture of emotions',
    marker: 'consent-in-statement',
    line: 'and true',
    drill: 'consent-withdrawn',
    events: 1200,
  },
  {
    name: 'a claim that never ends',
    breaks: 'the lease',
    marker: 'lease-ends',
    line: 'and lease_until is null',
    drill: 'crash-at-relay-claimed',
    events: 100,
  },
  {
    name: 'an acceptance of an offer that a newer analysis ended',
    breaks: 'the open offer',
    marker: 'open-offers-alone',
    line: `where id = \${offerId} and user_id = \${userId} and status in ('offered', 'expired') and expires_at > now()`,
    drill: 'histories',
    events: 200,
  },
  {
    name: 'a place held for a body that does not come',
    breaks: 'the body read before admission',
    marker: 'body-before-admission',
    line: 'response = await admission.run(priority, () => checkAndSend(request, params, { requestId, span }));',
    drill: 'slow-bodies',
    events: 200,
  },
  {
    name: 'a body waited for as long as it likes',
    breaks: 'the least speed of a body',
    marker: 'least-speed',
    line: 'return elapsedMs > 1000 * dueMs;',
    drill: 'slow-bodies',
    events: 200,
  },
  {
    name: 'a batch that costs as much as one event',
    breaks: 'the quota of events',
    marker: 'quota-of-events',
    line: 'if (cost > 0 || quota.take(key, cost - 1) === 0) return;',
    drill: 'greedy-batches',
    events: 200,
  },
  {
    name: 'an erased message is deleted and its bytes stay in the file',
    breaks: 'the overwriting',
    marker: 'deleted-with-overwriting',
    line: 'await deleteMessage(bus, stream, sequence);',
    drill: 'erasure',
    events: 600,
  },
  {
    name: 'the newest delivery of a customer first',
    breaks: 'the order of webhooks',
    marker: 'webhook-order',
    line: 'order by sequence desc',
    drill: 'webhook-receiver-down',
    events: 60,
  },
  {
    name: 'an event with a new id for each message',
    breaks: 'the unique key of deliveries',
    marker: 'webhook-once',
    line: 'select endpoint.id, gen_random_uuid(), user_id, event_type, payload',
    drill: 'webhook-receiver-down',
    events: 60,
  },
  {
    name: 'acknowledged before the standby has it',
    breaks: 'the synchronous commit',
    marker: 'commit-on-standby',
    line: '        synchronous_commit: local',
    drill: 'postgresql-primary-killed',
    rounds: 2,
  },
];

const ROOT = join(import.meta.dir, '..', '..');
const COPIED =
  'apps cli deploy load-tests migrations platform sdk tests underwriting package.json tsconfig.json'.split(
    ' ',
  );

/**
 * Runs a control's drill on broken code; returns the drill's output, and whether it noticed, null where it
 * cannot run.
 */
export function runControl(
  control: Control,
  seed: number,
): Promise<{ noticed: boolean | null; output: string }> {
  return withBrokenCopy([control], async (folder) => {
    const main = join(folder, 'tests', 'drills', 'main.ts');
    const { events, rounds } = control;
    const sizes = Object.entries({ seed, events, rounds }).flatMap(([name, size]) =>
      size === undefined ? [] : [`--${name}`, String(size)],
    );
    const options = [...sizes, '--json'];
    const child = Bun.spawn([process.execPath, main, 'run', control.drill, ...options], {
      stdin: 'ignore',
      stdout: 'ignore',
      stderr: 'pipe',
    });
    const output = await new Response(child.stderr).text();
    if ((await child.exited) === 0 && output.includes('not run: ')) return { noticed: null, output };
    return { noticed: (await child.exited) === 1 && /BROKEN|did not come true/.test(output), output };
  });
}

/** Calls `use` with the folder of a copy of the code, in which the lines of these controls are broken. */
export async function withBrokenCopy<T>(
  controls: Control[],
  use: (folder: string) => Promise<T>,
): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'ecs-control-'));
  try {
    for (const name of COPIED) cpSync(join(ROOT, name), join(folder, name), { recursive: true });
    symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
    const markers = findMarkers(folder);
    // Lines of a file are counted from its start: the last is broken first.
    const broken = controls.map((control) => ({ control, marker: markerOf(control, markers) }));
    for (const { control, marker } of broken.toSorted((a, b) => b.marker.line - a.marker.line)) {
      const file = join(folder, marker.file);
      const lines = readFileSync(file, 'utf8').split('\n');
      lines[marker.line] = control.line;
      writeFileSync(file, lines.join('\n'));
    }
    return await use(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function markerOf({ marker }: Control, markers: Marker[]): Marker {
  const [place, ...duplicates] = markers.filter(({ name }) => name === marker);
  if (!place || duplicates.length > 0)
    throw new Error(`not one but ${duplicates.length + (place ? 1 : 0)} ${marker}`);
  return place;
}
