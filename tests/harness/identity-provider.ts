import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, generateKeyPair, importJWK, type JWK, type JWTPayload, SignJWT } from 'jose';
import { type Configuration, Provider } from 'oidc-provider';

/** A real provider of OpenID Connect on a free port, with the roles of its users chosen by the test. */
export interface IdentityProvider {
  issuer: string;
  /** Requests by path. */
  requests: Record<string, number>;
  /** A token of a client without a person, for an audience; its subject is the client. */
  tokenOf(claims: Record<string, unknown>, audience?: string): Promise<string>;
  /** Signs any claims with the provider's key: tokens beyond those of the provider itself. */
  sign(claims: JWTPayload, header?: { kid?: string; alg?: string }): Promise<string>;
  publicKey(): JWK;
  /** Signs with a new key from now on; the old one is not published any more. */
  rotate(): Promise<void>;
  /** Returns 503 to every request until it is false again. */
  setDown(isDown: boolean): void;
  close(): void;
}

export const AUDIENCE = 'https://ecs.example.com/operators';
export const SUBJECT = 'robot';
const CLIENT_SECRET = 'a secret of the tests';
export const CLI_CLIENT = 'ecs-cli';
export const CONSOLE_CLIENT = 'ecs-console';

/** `redirectUri` is of the console's client. */
export async function startIdentityProvider(redirectUri?: string): Promise<IdentityProvider> {
  let provider: Provider;
  let isDown = false;
  let claims: Record<string, unknown> = {};
  const requests: Record<string, number> = {};
  const server = createServer((request, response) => {
    const path = request.url?.split('?')[0] ?? '';
    requests[path] = (requests[path] ?? 0) + 1;
    if (isDown) response.writeHead(503).end();
    else void provider.callback()(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  let key = await makeKey();
  const open = () =>
    new Provider(
      issuer,
      configurationOf(key, () => claims, redirectUri),
    );
  provider = open();
  return {
    issuer,
    requests,
    async tokenOf(extra, audience = AUDIENCE) {
      claims = extra;
      const response = await fetch(`${issuer}/token`, {
        method: 'POST',
        headers: { authorization: `Basic ${btoa(`${SUBJECT}:${encodeURIComponent(CLIENT_SECRET)}`)}` },
        body: new URLSearchParams({ grant_type: 'client_credentials', resource: audience }),
      });
      const body = (await response.json()) as { access_token?: string };
      if (body.access_token === undefined) throw new Error(JSON.stringify(body));
      return body.access_token;
    },
    async sign(payload, header = {}) {
      return new SignJWT(payload)
        .setProtectedHeader({ alg: 'RS256', kid: key.kid, ...header })
        .sign(await importJWK(key, 'RS256'));
    },
    publicKey: () => ({ kty: key.kty, n: key.n, e: key.e, kid: key.kid, alg: key.alg }),
    async rotate() {
      key = await makeKey();
      provider = open();
    },
    setDown: (value) => void (isDown = value),
    close: () => void server.close(),
  };
}

async function makeKey(): Promise<JWK> {
  const { privateKey } = await generateKeyPair('RS256', { extractable: true });
  return { ...(await exportJWK(privateKey)), kid: crypto.randomUUID(), alg: 'RS256', use: 'sig' };
}

function configurationOf(
  key: JWK,
  claims: () => Record<string, unknown>,
  redirectUri?: string,
): Configuration {
  return {
    jwks: { keys: [key] as Configuration['jwks'] extends { keys: infer Keys } | undefined ? Keys : never },
    clients: [
      {
        client_id: SUBJECT,
        client_secret: CLIENT_SECRET,
        grant_types: ['client_credentials'],
        redirect_uris: [],
        response_types: [],
      },
      {
        client_id: CLI_CLIENT,
        token_endpoint_auth_method: 'none',
        application_type: 'native',
        grant_types: ['urn:ietf:params:oauth:grant-type:device_code'],
        redirect_uris: [],
        response_types: [],
      },
      ...(redirectUri === undefined
        ? []
        : [
            {
              client_id: CONSOLE_CLIENT,
              token_endpoint_auth_method: 'none' as const,
              application_type: 'native' as const,
              grant_types: ['authorization_code'],
              redirect_uris: [redirectUri],
              response_types: ['code' as const],
            },
          ]),
    ],
    features: {
      clientCredentials: { enabled: true },
      deviceFlow: { enabled: true },
      devInteractions: { enabled: true },
      resourceIndicators: {
        enabled: true,
        defaultResource: () => AUDIENCE,
        useGrantedResource: () => true,
        getResourceServerInfo: (_, audience) => ({
          scope: 'openid',
          audience,
          accessTokenFormat: 'jwt',
          accessTokenTTL: 600,
          jwt: { sign: { alg: 'RS256' } },
        }),
      },
    },
    extraTokenClaims: () => claims(),
    findAccount: (_, accountId) => ({ accountId, claims: () => ({ sub: accountId }) }),
  };
}
