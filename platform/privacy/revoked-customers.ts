import type { Bus } from '../messaging/bus.ts';
import { followTopic } from '../messaging/follow-topic.ts';
import { inspectStream } from '../messaging/inspect.ts';
import { readMessage } from '../messaging/read-stream.ts';
import type { ErasureMessage } from '../messaging/privacy-topics.ts';
import { TOPICS } from '../messaging/topics.ts';
import type { Lifecycle } from '../kernel/lifecycle.ts';
import { errorFields, type Logger } from '../kernel/log.ts';
import { startLoop } from '../kernel/loop.ts';
import { type CustomerHash, rememberHashes } from './customer-hash.ts';

/** The customers under erasure whose tokens have not expired: the tokens are void. */
export interface RevokedCustomers {
  isRevoked(userId: string): boolean;
  /** Enters one, before the broker tells it. */
  revoke(userId: string): void;
  /** Calls back whenever customers were revoked. */
  onRevoked(callback: () => void): void;
}

/** Longer than any token of a customer lives. */
const REVOKED_MS = 2 * 60 * 60 * 1000;
const CATCH_UP_MS = 2000;

/**
 * Follows the ledger of erasures: live, and by comparing places every two seconds, since a live message may
 * be missed. A process that starts reads those of the last two hours. While nobody was erased in them, asking
 * costs nothing.
 */
export function createRevokedCustomers(deps: {
  bus: Bus;
  hashOf: CustomerHash;
  lifecycle: Lifecycle;
  log: Logger;
}): RevokedCustomers {
  const { bus, hashOf, lifecycle, log } = deps;
  const { stream } = TOPICS.customerErasures;
  const revoked = new Map<string, number>();
  const rememberedHashOf = rememberHashes(hashOf);
  const callbacks: (() => void)[] = [];
  let lastSequence = 0;

  const enter = (customerHash: string, atMs: number): void => {
    if (atMs < Date.now() - REVOKED_MS || revoked.has(customerHash)) return;
    revoked.set(customerHash, atMs);
    for (const callback of callbacks) callback();
  };
  const catchUp = async (): Promise<void> => {
    const oldestMs = Date.now() - REVOKED_MS;
    for (const [hash, atMs] of revoked) if (atMs < oldestMs) revoked.delete(hash);
    const { lastSequence: newest } = await inspectStream(bus, stream);
    // Backwards, so that a ledger of years costs no more than its last hours.
    for (let sequence = newest; sequence > lastSequence; sequence -= 1) {
      const message = await readMessage(bus, stream, sequence);
      if (message === null) continue;
      const atMs = Date.parse(message.time);
      if (atMs < oldestMs) break;
      enter(hashIn(new TextDecoder().decode(message.data)), atMs);
    }
    // A broker that lost its store begins again.
    lastSequence = newest;
  };

  startLoop({
    name: 'followed erasures',
    everyMs: CATCH_UP_MS,
    lifecycle,
    work: catchUp,
    onFailure: (error) => log.debug(errorFields(error), 'cannot follow the erasures'),
  });
  void followTopic(bus, 'customerErasures', lifecycle.signal, {
    onStart: () => {},
    onMessage: (message) => enter((message as ErasureMessage).customerHash, Date.now()),
  });

  return {
    isRevoked(userId) {
      return revoked.size > 0 && revoked.has(rememberedHashOf(userId));
    },
    revoke: (userId) => enter(hashOf(userId), Date.now()),
    onRevoked: (callback) => void callbacks.push(callback),
  };
}

function hashIn(text: string): string {
  return (JSON.parse(text) as ErasureMessage).customerHash;
}
