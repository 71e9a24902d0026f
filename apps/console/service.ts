import type { BlockList } from 'node:net';
import { clientAddressOf } from '../../platform/http/client-address.ts';
import { degrading, type Service } from '../../platform/http/operations.ts';
import type { Runtime } from '../../platform/http/runtime.ts';
import { type ConfigOf, httpUrl, integer, networks, optional } from '../../platform/kernel/config.ts';
import { createBundle } from './bundle.ts';
import { createForwarder } from './forward.ts';
import { createConsole } from './handle-request.ts';

const NAME = 'console';

export const variables = {
  /** The one door of operators' data. */
  GATEWAY_URL: httpUrl(),
  /** The address in the browser's bar, behind a proxy. */
  CONSOLE_URL: optional(httpUrl()),
  /** Proxies trusted to name a browser's address in `X-Forwarded-For`; none by default. */
  TRUSTED_PROXIES: networks(),
  /** Its port beside a gateway in the same process; alone it listens on PORT. */
  CONSOLE_PORT: integer(9998, 1, 65_535),
};

/**
 * The pages of operators in a browser. It has no rights and no data of its own: every request carries the
 * token of its operator.
 */
export function open(config: ConfigOf<typeof variables>, runtime: Runtime): Service {
  const { log, peers, tls } = runtime;
  const forwarder = createForwarder(config.GATEWAY_URL, tls);
  const handle = createConsole({
    forwarder,
    bundle: createBundle(),
    addressOf: (request) => addressOf(request, peers, config.TRUSTED_PROXIES),
    isSecured: () => config.CONSOLE_URL?.startsWith('https:') ?? tls.listener() !== null,
    log,
  });
  return { name: NAME, handle, checks: { gateway: degrading(forwarder.ping) } };
}

/** Null for a browser on this machine: for the gateway it comes from where the console is. */
function addressOf(request: Request, peers: Runtime['peers'], trusted: BlockList | null): string | null {
  const forwardedFor = request.headers.get('x-forwarded-for');
  const address = clientAddressOf(peers.of(request), forwardedFor, trusted).replace(/\/64$/, '');
  return address === '127.0.0.1' || address === '::1' ? null : address;
}
