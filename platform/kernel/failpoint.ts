import { existsSync, writeFileSync } from 'node:fs';

/** Marks a place where a drill may end the process; does nothing else, ever. */
export type Failpoint = (name: FailpointName) => void;

/** The places between two awaits at which a crash could leave a flow half done. */
export const FAILPOINTS = [
  'ingest.published',
  'accept.committed',
  'relay.claimed',
  'relay.published',
  'relay.marked',
  'consume.fetched',
  'consume.handled',
  'consume.acknowledged',
] as const;
/** The same of an erasure. */
const ERASURE_FAILPOINTS = [
  'erase.rows',
  'erase.decisions',
  'erase.account',
  'erase.late',
  'erase.stream',
  'erase.cache',
] as const;
/** After a receiver has a webhook, before that is kept. */
const WEBHOOK_FAILPOINTS = ['webhook.sent'] as const;
export type FailpointName =
  | (typeof FAILPOINTS)[number]
  | (typeof ERASURE_FAILPOINTS)[number]
  | (typeof WEBHOOK_FAILPOINTS)[number];

const NAMES: readonly string[] = [...FAILPOINTS, ...ERASURE_FAILPOINTS, ...WEBHOOK_FAILPOINTS];

/**
 * `ECS_FAIL=<name>@<n>:<file>[,...]`: the process ends itself, as by SIGKILL, when it reaches the place for
 * the nth time; once in all processes together, which the file remembers. Throws for a place that does not
 * exist.
 */
export function createFailpoint(spec: string): Failpoint {
  if (spec === '') return () => {};
  const points = new Map(spec.split(',').map(readPoint));
  return (reached) => {
    const point = points.get(reached);
    if (!point || existsSync(point.file)) return;
    point.left -= 1;
    if (point.left > 0) return;
    writeFileSync(point.file, String(process.pid));
    process.kill(process.pid, 'SIGKILL');
  };
}

/** Reads the text of `ECS_FAIL`. Throws a sentence in production, where no drill ends a process. */
export function readFailpoints(spec = '', env: Record<string, string | undefined> = {}): string {
  if (spec !== '' && env.NODE_ENV === 'production') throw new Error('is for drills: not in production');
  createFailpoint(spec);
  return spec;
}

function readPoint(spec: string): [FailpointName, { left: number; file: string }] {
  const [, name = '', count, file = ''] = /^([\w.]+)@(\d+):(.+)$/.exec(spec) ?? [];
  if (!NAMES.includes(name)) throw new Error(`must be one of ${NAMES.join(', ')}`);
  return [name as FailpointName, { left: Number(count), file }];
}
