import {
  type ConnectionOptions,
  credsAuthenticator,
  headers as natsHeaders,
  type NatsConnection,
  nkeyAuthenticator,
} from 'nats';
import { readNatsUrl } from '../addresses/nats.ts';

/** Time to arrive at another server, and for a cluster to choose a leader. */
const LEAVE_AGAIN_MS = 3000;

/** The options that the NATS client connects with; files that the URL names are read again each time. */
export function connectionOptions(url: string, name: string): ConnectionOptions {
  const { creds, nkeySeed, ...address } = readNatsUrl(url);
  const encoder = new TextEncoder();
  return {
    ...address,
    ...(creds === undefined ? {} : { authenticator: credsAuthenticator(encoder.encode(creds)) }),
    ...(nkeySeed === undefined ? {} : { authenticator: nkeyAuthenticator(encoder.encode(nkeySeed)) }),
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
