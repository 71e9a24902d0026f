import { Socket } from 'node:net';
import type postgres from 'postgres';
import { withDeadline } from '../kernel/lifecycle.ts';

/** The servers of a URL with several hosts, and the one of them that a pool's sessions ask for. */
interface HostSearch {
  hosts: Host[];
  session: SessionKind;
  /** Opens the one connection by which a host is asked whether it is a standby. */
  open(host: Host): postgres.Sql;
}

export interface Host {
  host: string;
  port: number;
}

interface Reply {
  host: Host;
  isStandby: boolean;
  /** Of a primary: higher by one with each promotion. */
  timeline: number;
}

/** `target_session_attrs` of libpq. */
type SessionKind = 'any' | 'read-write' | 'read-only' | 'primary' | 'standby' | 'prefer-standby';

/** No host is of the kind, as while another server becomes the primary. */
class NoHostError extends Error {
  override name = 'NoHostError';
  readonly code = 'NO_HOST';
}

/** Shorter than the deadline of a statement, which waits for it. */
const ASK_MS = 1500;
/** The connections that a pool opens at once ask each host once. */
const FRESH_MS = 100;
/** A primary waits so long for hosts that may be a newer one. */
const NEWER_MS = 100;

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
  const replies = hosts.map(async (host): Promise<Reply> => ({ host, ...(await askKind(open(host))) }));
  if (session !== 'any') {
    const ofKind = replies.map(async (reply) => {
      const { isStandby } = await reply;
      if (isStandby !== STANDBY[session]) throw new NoHostError('is of the other kind');
      return reply;
    });
    const match = await Promise.any(ofKind).catch(() => null);
    if (match) return (match.isStandby ? match : await newestOf(match, ofKind)).host;
  }
  const results = await Promise.allSettled(replies);
  if (session === 'any' || session === 'prefer-standby') {
    const reachable = results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
    // The first that responds, in the order of the URL.
    const [first] = session === 'any' ? reachable : reachable.toSorted((a, b) => b.timeline - a.timeline);
    if (first) return first.host;
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

/**
 * Returns the newest of several primaries: nobody tells one that another took over while its Patroni hangs.
 * It acknowledges nothing, and its reads are stale.
 */
async function newestOf(first: Reply, primaries: Promise<Reply>[]): Promise<Reply> {
  let newest = first;
  const others = primaries.map(async (primary) => {
    const reply = await primary;
    if (reply.timeline > newest.timeline) newest = reply;
  });
  await withDeadline(Promise.allSettled(others), NEWER_MS, 'a host did not respond').catch(() => {});
  return newest;
}

async function askKind(sql: postgres.Sql): Promise<Omit<Reply, 'host'>> {
  try {
    const asking = sql<{ standby: boolean; wal: string | null }[]>`
      select pg_is_in_recovery() as standby,
        case when not pg_is_in_recovery() then pg_walfile_name(pg_current_wal_lsn()) end as wal`.simple();
    const [row] = await withDeadline(Promise.resolve(asking), ASK_MS, 'the server did not respond');
    // The name of a file of the WAL begins with the timeline.
    return { isStandby: row?.standby ?? true, timeline: Number.parseInt(row?.wal?.slice(0, 8) ?? '0', 16) };
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
