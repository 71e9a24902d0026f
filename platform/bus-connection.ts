import type { NatsConnection } from 'nats';

/** Time to arrive at another server, and for a cluster to choose a leader. */
const LEAVE_AGAIN_MS = 3000;

/** `nats://user:password@host:port`; a cluster's servers with commas between, the first with the credentials. */
export function connectionOptions(url: string, name: string) {
  const servers = url.split(',');
  const first = new URL(servers[0] ?? '');
  return {
    servers: servers.map((server) => new URL(server).host),
    name,
    ...(first.username
      ? { user: decodeURIComponent(first.username), pass: decodeURIComponent(first.password) }
      : {}),
    timeout: 2000,
    maxReconnectAttempts: -1,
    reconnectTimeWait: 200,
    pingInterval: 2000,
    maxPingOut: 2,
    // Of its own, so that a broker with a user a part can keep others from listening.
    inboxPrefix: `_INBOX_${name}`,
    // A stack for each request would cost more than the request.
    noAsyncTraces: true,
  };
}

/** Goes to another server of a cluster, when there is one, and not again at once. */
export function createLeaver(url: string, current: () => NatsConnection | undefined): () => void {
  let leftAtMs = -Infinity;
  return () => {
    const hasOthers = url.includes(',');
    if (!hasOthers || performance.now() - leftAtMs < LEAVE_AGAIN_MS) return;
    leftAtMs = performance.now();
    // It may be connecting already, or be closed.
    current()
      ?.reconnect()
      .catch(() => {});
  };
}
