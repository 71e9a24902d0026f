import { clientAddressOf } from '../../platform/http/client-address.ts';
import { degrading, type Service } from '../../platform/http/operations.ts';
import type { Runtime } from '../../platform/http/runtime.ts';
import { OIDC_LOGIN_VARIABLES, OIDC_VARIABLES } from '../../platform/http/oidc-variables.ts';
import {
  ConfigError,
  type ConfigOf,
  httpUrl,
  integer,
  label,
  networks,
  optional,
} from '../../platform/kernel/config.ts';
import { createBodyReader } from '../../platform/http/request-body.ts';
import { createBundle } from './bundle.ts';
import { createForwarder } from './forward.ts';
import { createConsole } from './handle-request.ts';
import { createProvider, type IdentityProvider } from './provider.ts';
import { CALLBACK_PATH } from './provider-session.ts';

const NAME = 'console';
/** The largest body of an operator's endpoint, a policy, is far below. */
const BODY_BYTES_MAX = 1024 * 1024;

export const variables = {
  /** The only service from which the console reads operators' data. */
  GATEWAY_URL: httpUrl(),
  /** The address in the browser's bar, without /console: of a proxy, and for the provider's way back. */
  CONSOLE_URL: optional(httpUrl()),
  OIDC_ISSUER: OIDC_VARIABLES.OIDC_ISSUER,
  OIDC_AUDIENCE: OIDC_VARIABLES.OIDC_AUDIENCE,
  /** A public client of the provider, with code and PKCE; without it the console sends nobody there. */
  OIDC_CONSOLE_CLIENT_ID: label(200),
  OIDC_SCOPE: OIDC_LOGIN_VARIABLES.OIDC_SCOPE,
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
  const browserOf = (request: Request) =>
    clientAddressOf(peers.of(request), request.headers.get('x-forwarded-for'), config.TRUSTED_PROXIES);
  const bodies = createBodyReader({ addressOf: browserOf });
  const handle = createConsole({
    forwarder,
    bundle: createBundle({ log }),
    provider: providerOf(config),
    addressOf: (request) => {
      const address = browserOf(request);
      // The gateway takes a request without an address for one of the console's own machine.
      return address === '127.0.0.1' || address === '::1' ? null : address.replace(/\/64$/, '');
    },
    readBody: (request) => bodies.read(request, BODY_BYTES_MAX),
    isSecured: () => config.CONSOLE_URL?.startsWith('https:') ?? tls.listener() !== null,
    log,
  });
  return { name: NAME, handle, checks: { gateway: degrading(forwarder.ping) } };
}

/** Throws a ConfigError for a client without an address to come back to, which no request may choose. */
function providerOf(config: ConfigOf<typeof variables>): IdentityProvider | null {
  const { OIDC_ISSUER: issuer, OIDC_AUDIENCE: audience, OIDC_CONSOLE_CLIENT_ID: clientId } = config;
  if (!clientId) return null;
  if (!issuer || !audience) throw new ConfigError(['OIDC_CONSOLE_CLIENT_ID needs OIDC_ISSUER']);
  if (!config.CONSOLE_URL) {
    throw new ConfigError([
      'CONSOLE_URL is missing; OIDC_CONSOLE_CLIENT_ID needs an address to come back to',
    ]);
  }
  const redirectUri = `${config.CONSOLE_URL.replace(/\/+$/, '')}${CALLBACK_PATH}`;
  return createProvider({ issuer, audience, clientId, scope: config.OIDC_SCOPE, redirectUri });
}
