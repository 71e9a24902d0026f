import { Socket } from 'node:net';
import type postgres from 'postgres';
import { withDeadline } from '../kernel/lifecycle.ts';

/** The servers of a URL with several hosts, and the one of them that a pool's sessions ask for. */
export interface HostSearch {
  hosts: Host[];
  session: SessionKind;
  /** Opens the one connection by which a host is asked whether it is a standby. */
  open(host: Host): postgres.Sql;
}

export interface Host {
  host: string;
  port: number;
}

/** `target_session_attrs` of libpq. */
export type SessionKind = 'any' | 'read-write' | 'read-only' | 'primary' | 'standby' | 'prefer-standby';

/** No host is of the kind, as while another server becomes the primary. */
export class NoHostError extends Error {
  override name = 'NoHostError';
  readonly code = 'NO_HOST';
}

/** Shorter than the deadline of a statement, which waits for it. */
const ASK_MS = 1500;
/** The connections that a pool opens at once ask each host once. */
const FRESH_MS = 100;

/**
 * Returns a source of sockets for the driver: each to a host of the kind, searched at that moment. By itself
 * the driver goes round refused connections without a pause, also after its pool has ended, while its callers
 * wait; and it takes a standby for a server that can be written to.
 */
export function createSocketSearch(search: HostSearch): () => Promise<Socket> {
  let latest: { host: Promise<Host>; atMs: number } | null = null;
  return async () => {
    if (!latest || performance.now() - latest.atMs > FRESH_MS)
      latest = { host: findHost(search), atMs: performance.now() };
    try {
      return await openSocket(await latest.host);
    } catch (error) {
      // After a rejection the driver would never use that connection again; a write would fail with another
      // error.
      const socket = Object.assign(new Socket(), { write: () => true });
      setImmediate(() => socket.destroy(error as Error));
      return socket;
    }
  };
}

/** Asks all hosts at once. Throws the server's own error, as for a wrong password, before a NoHostError. */
async function findHost({ hosts, session, open }: HostSearch): Promise<Host> {
  const replies = hosts.map(async (host) => ({ host, isStandby: await isStandby(open(host)) }));
  if (session !== 'any') {
    const ofKind = replies.map(async (reply) => {
      const { host, isStandby } = await reply;
      if (isStandby !== STANDBY[session]) throw new NoHostError('is of the other kind');
      return host;
    });
    const match = await Promise.any(ofKind).catch(() => null);
    if (match) return match;
  }
  const results = await Promise.allSettled(replies);
  if (session === 'any' || session === 'prefer-standby') {
    // The first that responds, in the order of the URL.
    const reachable = results.find((result) => result.status === 'fulfilled');
    if (reachable) return reachable.value.host;
  }
  const errors = results.flatMap((result) => (result.status === 'rejected' ? [result.reason] : []));
  const refusal = errors.find((error) => REFUSED.test(String((error as { code?: unknown }).code)));
  if (refusal) throw refusal;
  const places = hosts.map(({ host, port }) => `${host}:${port}`).join(', ');
  throw new NoHostError(`none of ${places} is a server for target_session_attrs=${session}`, {
    cause: errors[0],
  });
}

const STANDBY = {
  'read-write': false,
  primary: false,
  'read-only': true,
  standby: true,
  'prefer-standby': true,
} as const;

/** Of the user, the password or the database: no other host and no later time helps. */
const REFUSED = /^(28...|3D000|08P01)$/;

async function isStandby(sql: postgres.Sql): Promise<boolean> {
  try {
    const asking = sql<{ standby: boolean }[]>`select pg_is_in_recovery() as standby`.simple();
    const [row] = await withDeadline(Promise.resolve(asking), ASK_MS, 'the server did not respond');
    return row?.standby ?? true;
  } finally {
    void sql.end({ timeout: 0 }).catch(() => {});
  }
}

async function openSocket({ host, port }: Host): Promise<Socket> {
  // The driver reads the name for TLS from its socket.
  const socket = Object.assign(new Socket(), { host, port });
  const opening = new Promise<void>((resolve, reject) => {
    socket.once('connect', resolve);
    socket.once('error', reject);
    socket.connect(port, host);
  });
  try {
    await withDeadline(opening, ASK_MS, 'the server did not take the connection');
  } catch (error) {
    socket.destroy();
    throw error;
  }
  socket.removeAllListeners('error');
  return socket;
}
