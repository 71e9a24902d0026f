import {
  type Authenticator,
  type ConnectionOptions,
  credsAuthenticator,
  headers as natsHeaders,
  type NatsConnection,
  nkeyAuthenticator,
} from 'nats';
import { readNatsUrl } from '../addresses/nats.ts';
import { renewed } from '../addresses/renewed.ts';

/** Time to arrive at another server, and for a cluster to choose a leader. */
const LEAVE_AGAIN_MS = 3000;

/** The options that the NATS client connects with; it reads files that the URL names for each connection. */
export function connectionOptions(url: string, name: string): ConnectionOptions {
  const { creds, nkeySeed, ...address } = readNatsUrl(url);
  const newest = renewed(() => authenticatorOf(url));
  return {
    ...address,
    ...(creds === undefined && nkeySeed === undefined
      ? {}
      : { authenticator: (nonce?: string) => newest()?.(nonce) }),
    name,
    timeout: 2000,
    maxReconnectAttempts: -1,
    // Else the second refusal in a row of a user whose password is being changed would be the end of it.
    ignoreAuthErrorAbort: true,
    reconnectTimeWait: 200,
    pingInterval: 2000,
    maxPingOut: 2,
    // Of its own, so that a broker with a user per service can keep others from listening.
    inboxPrefix: `_INBOX_${name}`,
    // A stack for each request would cost more than the request.
    noAsyncTraces: true,
  };
}

function authenticatorOf(url: string): Authenticator | undefined {
  const { creds, nkeySeed } = readNatsUrl(url);
  const encoder = new TextEncoder();
  if (creds !== undefined) return credsAuthenticator(encoder.encode(creds));
  if (nkeySeed !== undefined) return nkeyAuthenticator(encoder.encode(nkeySeed));
  return undefined;
}

/** Goes to another server of a cluster, when there is one, and not again at once. */
export function createLeaver(url: string, current: () => NatsConnection | undefined): () => void {
  const hasOthers = readNatsUrl(url).servers.length > 1;
  let leftAtMs = -Infinity;
  return () => {
    if (!hasOthers || performance.now() - leftAtMs < LEAVE_AGAIN_MS) return;
    leftAtMs = performance.now();
    // It may be connecting already, or be closed.
    current()
      ?.reconnect()
      .catch(() => {});
  };
}

export function toHeaders(values: Record<string, string>) {
  const headers = natsHeaders();
  // A line break would end the header block.
  for (const [name, value] of Object.entries(values)) headers.set(name, value.replace(/[\r\n]+/g, ' '));
  return headers;
}
