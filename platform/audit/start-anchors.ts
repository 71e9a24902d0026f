import { appendFileSync } from 'node:fs';
import { appendFile } from 'node:fs/promises';
import type { Counter } from 'prom-client';
import type { Database } from '../data/sql.ts';
import { ConfigError } from '../kernel/config.ts';
import type { Lifecycle } from '../kernel/lifecycle.ts';
import { errorFields, type Logger } from '../kernel/log.ts';
import { startLoop } from '../kernel/loop.ts';
import type { Bus } from '../messaging/bus.ts';
import type { AuditAnchorMessage } from '../messaging/audit-topics.ts';
import { TOPICS } from '../messaging/topics.ts';
import { type Chain, selectHead } from './link-rows.ts';

const EVERY_MS = 10_000;

export type Anchor = AuditAnchorMessage;

/**
 * Publishes the heads of both chains whenever they have changed, to a stream that nobody may delete from, and
 * appends them to a file, where there is one: whoever rewrites a chain in the database, or cuts its end, no
 * longer fits what is kept elsewhere.
 */
export function startAnchors(deps: {
  database: Database;
  bus: Bus;
  chains: { decisions: Chain; acts: Chain };
  /** Null for none. */
  file: string | null;
  failures: Counter;
  log: Logger;
  lifecycle: Lifecycle;
  everyMs?: number;
}): void {
  const { database, bus, chains, file, failures, log, lifecycle, everyMs = EVERY_MS } = deps;
  const isPlaced = { stream: '', file: '' };

  startLoop({
    name: 'anchors',
    everyMs,
    lifecycle,
    async work() {
      const decisions = await selectHead(database, chains.decisions);
      const acts = await selectHead(database, chains.acts);
      const id = `${decisions.position}:${decisions.link}:${acts.position}:${acts.link}`;
      const anchor = JSON.stringify({ at: new Date().toISOString(), decisions, acts } satisfies Anchor);
      const places = {
        // Replicas have the same id for the same heads: the broker keeps one.
        stream: () => bus.publish(TOPICS.auditAnchors.subject, anchor, { id }),
        file: () => appendFile(file ?? '', `${anchor}\n`),
      };
      for (const place of file === null ? (['stream'] as const) : (['file', 'stream'] as const)) {
        if (isPlaced[place] === id) continue;
        try {
          await places[place]();
          isPlaced[place] = id;
        } catch (error) {
          failures.inc({ place });
          log.warn(errorFields(error), `cannot keep an anchor in the ${place}`);
        }
      }
    },
    onFailure: (error) => log.debug(errorFields(error), 'cannot read the heads of the chains'),
  });
}

/** Throws a ConfigError when nobody can append to the file. */
export function requireAnchorFile(file: string | null): void {
  try {
    if (file !== null) appendFileSync(file, '');
  } catch (error) {
    throw new ConfigError([`AUDIT_ANCHOR_FILE cannot be written: ${(error as { code?: string }).code}`]);
  }
}
