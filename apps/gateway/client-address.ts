import type { BlockList } from 'node:net';
import {
  type ClientAddress,
  clientAddressOf,
  isTrustedPeer,
  type Peers,
} from '../../platform/http/client-address.ts';
import type { Logger } from '../../platform/kernel/log.ts';
import type { Metrics } from '../../platform/kernel/metrics.ts';

/**
 * Reads the client's address of a request, and counts a forwarded address of a peer that is no trusted proxy:
 * behind a proxy that is not named all customers are one address and share its limits. Warns once.
 */
export function createAddressReader(deps: {
  peers: Pick<Peers, 'of'>;
  trusted: BlockList | null;
  log: Pick<Logger, 'warn'>;
  metrics: Metrics;
}): (request: Request) => ClientAddress {
  const { peers, trusted, log, metrics } = deps;
  let hasWarned = false;
  return (request) => {
    const peer = peers.of(request);
    const forwardedFor = request.headers.get('x-forwarded-for');
    if (forwardedFor !== null && peer !== null && !isTrustedPeer(peer, trusted)) {
      metrics.untrustedForwards.inc();
      if (!hasWarned) {
        hasWarned = true;
        log.warn(
          { peer },
          'X-Forwarded-For from an untrusted peer: if it is your proxy, set TRUSTED_PROXIES',
        );
      }
    }
    return clientAddressOf(peer, forwardedFor, trusted);
  };
}
