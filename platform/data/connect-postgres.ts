import postgres from 'postgres';
import { readPostgresUrl } from '../addresses/postgres.ts';
import { addArrayTypes } from './array-types.ts';
import { createSocketSearch, type Host } from './host-search.ts';

interface PostgresDefaults {
  max: number;
  /** Of the process, in `pg_stat_activity`. The URL's application_name comes before it. */
  name: string;
  /** Of one host. The URL's connect_timeout comes before it. */
  connectSeconds: number;
  /** Parameters that a session begins with, like statement_timeout. Omitted for a pooler. */
  parameters?: Record<string, string | number>;
  idleSeconds?: number;
  backoff?: () => number;
  /** Called when a connection has ended; the next statement opens another one. */
  onClose?: () => void;
}

/**
 * A statement that was prepared is on a connection that another client has by then, and one that is sent
 * before the response to the statement ahead of it may be lost by PgBouncer.
 */
const POOLED = { prepare: false, max_pipeline: 0 };

/**
 * Times in JSON, and dates of times, are by the zone of the session, which is the server's otherwise: two
 * documents about one decision had different days. Their texts are by its style, in which 01.12. may be a day
 * of January. PgBouncer keeps these parameters, unlike others.
 */
const TIMES = { TimeZone: 'UTC', DateStyle: 'ISO, MDY' };
/** Bytes and numbers as the driver reads them; for sessions that take parameters. */
const VALUES = { bytea_output: 'hex', extra_float_digits: 1 };

/**
 * The one way to PostgreSQL: a pool of connections to the server of a URL. `isPooler`: whether the server is
 * a pooler that shares sessions by transaction and takes no parameters of a session.
 */
export function connectPostgres(url: string, defaults: PostgresDefaults, isPooler = false): postgres.Sql {
  const { address, connection, ...driverOptions } = readPostgresUrl(url);
  const { max, name, connectSeconds, parameters, idleSeconds, backoff, onClose } = defaults;
  const isShared = isPooler || driverOptions.isPooler;
  const options = {
    connect_timeout: connectSeconds,
    ...(isShared ? POOLED : {}),
    ...followed(address, { connect_timeout: connectSeconds, name }),
    max,
    ...(idleSeconds === undefined ? {} : { idle_timeout: idleSeconds }),
    ...(backoff ? { backoff } : {}),
    ...(onClose ? { onclose: onClose } : {}),
    connection: {
      application_name: name,
      ...(isShared || !parameters ? {} : { ...VALUES, ...parameters }),
      ...connection,
      ...TIMES,
    },
    fetch_types: false,
    onnotice: () => {},
  };
  // Its types lack two options: max_pipeline, sslnegotiation.
  const sql = postgres(options as unknown as postgres.Options<Record<string, never>>) as postgres.Sql;
  addArrayTypes(sql);
  return sql;
}

/**
 * Has each new connection of a pool go to a host of the kind of `target_session_attrs`, where there are
 * several hosts or a kind is named.
 */
function followed(address: Address, { name, ...defaults }: { name: string; connect_timeout: number }) {
  const { host: names, port: ports, target_session_attrs: session = 'any', ...credentials } = address;
  const hosts = names.map((host, at) => ({ host, port: ports[at] ?? ports[0] ?? 0 }));
  const [first] = hosts;
  if (!first || address.path || (hosts.length === 1 && session === 'any')) return address;
  const open = ({ host, port }: Host): postgres.Sql => {
    const connection = { application_name: name };
    const options = { ...defaults, ...credentials, host, port, max: 1, connection, fetch_types: false };
    return postgres(options as unknown as postgres.Options<Record<string, never>>) as postgres.Sql;
  };
  // One host, since the driver keeps errors to itself while it has another.
  return { ...credentials, ...first, socket: createSocketSearch({ hosts, session, open }) };
}

type Address = ReturnType<typeof readPostgresUrl>['address'];

/** Whether a pooler rejected a parameter of a session, as PgBouncer does unless configured to ignore it. */
export function rejectsParameters(error: unknown): boolean {
  const { code, message } = (error ?? {}) as { code?: unknown; message?: unknown };
  return code === '08P01' && /unsupported startup parameter/.test(String(message));
}
