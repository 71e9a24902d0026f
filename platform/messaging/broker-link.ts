import { withDeadline } from '../kernel/lifecycle.ts';

/**
 * The connection to the broker, as it comes and goes. A request that was under way when the connection broke
 * gets no response any more, and one that is sent before the next connection stands may be dropped by the
 * client; the NATS client reports neither before the request's deadline.
 */
export interface BrokerLink {
  isLost(): boolean;
  markLost(): void;
  markRegained(): void;
  /** Why the latest attempt to connect failed; null while connected. */
  failure: Error | null;
  onRegained(callback: () => void): void;
  /**
   * Sends while the connection stands; rejects with a LinkLostError when it breaks meanwhile, or has not come
   * back by the deadline.
   */
  send<T>(deadlineMs: number, request: () => Promise<T>): Promise<T>;
}

export class LinkLostError extends Error {
  override name = 'LinkLostError';
}

export function createBrokerLink(): BrokerLink {
  const underWay = new Set<(error: Error) => void>();
  const callbacks: (() => void)[] = [];
  let regain: PromiseWithResolvers<void> | null = null;

  return {
    failure: null,
    isLost: () => regain !== null,
    markLost() {
      regain ??= Promise.withResolvers();
      for (const reject of underWay) reject(new LinkLostError('the connection to the broker broke'));
    },
    markRegained() {
      this.failure = null;
      regain?.resolve();
      regain = null;
      for (const callback of callbacks) callback();
    },
    onRegained: (callback) => void callbacks.push(callback),
    async send<T>(deadlineMs: number, request: () => Promise<T>) {
      if (regain) await withDeadline(regain.promise, deadlineMs, 'the broker is down').catch(asLost);
      const { promise, resolve, reject } = Promise.withResolvers<T>();
      underWay.add(reject);
      void request().then((value) => resolve(value), reject);
      try {
        return await promise;
      } finally {
        underWay.delete(reject);
      }
    },
  };
}

function asLost(error: Error): never {
  throw new LinkLostError(error.message);
}
