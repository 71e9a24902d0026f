import { systemAuthorities, tlsSettings } from './tls.ts';
import {
  anyText,
  type EngineUrl,
  namedFile,
  numberFrom,
  oneWordOf,
  parseEngineUrl,
  parseHost,
  readWords,
} from './url.ts';

const DEFAULT_PORT = 5432;
const SECONDS_MAX = 600;

const WORDS = {
  host: anyText,
  port: anyText,
  user: anyText,
  password: anyText,
  dbname: anyText,
  sslmode: oneWordOf('disable', 'allow', 'prefer', 'require', 'verify-ca', 'verify-full'),
  sslrootcert: (path: string) => (path === 'system' ? path : namedFile(path)),
  sslcert: namedFile,
  sslkey: namedFile,
  sslpassword: anyText,
  sslnegotiation: oneWordOf('postgres', 'direct'),
  // The driver signs in with SCRAM-SHA-256 without a channel.
  channel_binding: oneWordOf('disable', 'prefer'),
  gssencmode: oneWordOf('disable', 'prefer'),
  target_session_attrs: oneWordOf('any', 'read-write', 'read-only', 'primary', 'standby', 'prefer-standby'),
  load_balance_hosts: oneWordOf('disable'),
  connect_timeout: numberFrom(1, SECONDS_MAX),
  keepalives: oneWordOf('1'),
  keepalives_idle: numberFrom(1, 7200),
  application_name: anyText,
  options: anyText,
  client_encoding: oneWordOf('UTF8', 'utf8', 'auto'),
  // Not of libpq: for a pooler that shares sessions by transaction.
  pgbouncer: oneWordOf('true', 'false'),
  prepare: oneWordOf('true', 'false'),
  max_pipeline: numberFrom(0, 1000),
} as const;

type Words = ReturnType<typeof readWords<typeof WORDS>>;

/**
 * Parses a URL for the driver as libpq does, with two exceptions: without sslmode there is no TLS, and
 * `allow` works as `prefer`. Throws a sentence for a wrong or unsupported part.
 */
export function readPostgresUrl(text: string) {
  const url = parseEngineUrl(text, {
    schemes: ['postgres', 'postgresql'],
    defaultPort: DEFAULT_PORT,
    mayOmitHost: true,
  });
  if (url.words.get('channel_binding') === 'require')
    throw new Error(
      'has channel_binding=require, which is not supported: use prefer, with sslmode=verify-full',
    );
  const words = readWords(url.words, WORDS);
  const hosts = hostsOf(url, words);
  const username = eitherOf('user', url.username, words.user);
  const database = eitherOf('database', url.path || null, words.dbname);
  const { application_name, options, prepare, max_pipeline, target_session_attrs: session } = words;
  const address = {
    ...hosts,
    ...(username === undefined ? {} : { username }),
    password: eitherOf('password', url.password, words.password) ?? '',
    ...(database === undefined ? {} : { database }),
    ssl: sslOf(
      hosts.host.map((host) => ({ host })),
      words,
    ),
    ...(words.sslnegotiation === 'direct' ? { sslnegotiation: 'direct' as const } : {}),
    ...(session === undefined || session === 'any' ? {} : { target_session_attrs: session }),
    ...(words.connect_timeout === undefined ? {} : { connect_timeout: words.connect_timeout }),
    ...(words.keepalives_idle === undefined ? {} : { keep_alive: words.keepalives_idle }),
    ...(prepare === undefined ? {} : { prepare: prepare === 'true' }),
    ...(max_pipeline === undefined ? {} : { max_pipeline }),
  };
  const connection = {
    ...(application_name === undefined ? {} : { application_name }),
    ...(options === undefined ? {} : { options }),
  };
  return { address, connection, isPooler: words.pgbouncer === 'true' };
}

/** Hosts of the URL or of the words, or the folder of a Unix socket. */
function hostsOf(url: EngineUrl, words: Words): { host: string[]; port: number[]; path?: string } {
  if (url.hosts.length > 0 && (words.host !== undefined || words.port !== undefined))
    throw new Error('has a host, and host or port as a query word');
  const ports = (words.port ?? String(DEFAULT_PORT)).split(',').map(numberFrom(1, 65_535));
  const hostsOfWords = (words.host ?? 'localhost').split(',').map((host, index) => {
    const port = ports[index] ?? ports[0] ?? DEFAULT_PORT;
    return host.startsWith('/') ? { host, port } : { ...parseHost(host, port), port };
  });
  const hosts = url.hosts.length > 0 ? url.hosts : hostsOfWords;
  const socket = hosts.find(({ host }) => host.startsWith('/'));
  if (socket && hosts.length > 1) throw new Error('has a socket beside other hosts, which is not supported');
  return {
    host: hosts.map(({ host }) => host),
    port: hosts.map(({ port }) => port),
    ...(socket ? { path: `${socket.host}/.s.PGSQL.${socket.port}` } : {}),
  };
}

/** As libpq has it: `require` encrypts, and checks the certificate's authority where one is named. */
function sslOf(hosts: { host: string }[], words: Words) {
  const { sslrootcert, sslcert, sslkey, sslpassword, sslnegotiation } = words;
  const mode = words.sslmode ?? (sslrootcert === 'system' ? 'verify-full' : 'disable');
  if (mode === 'disable' || mode === 'allow' || mode === 'prefer') {
    const files = [sslrootcert, sslcert, sslkey, sslpassword].some((word) => word !== undefined);
    if (files || sslnegotiation === 'direct')
      throw new Error('has words of TLS without sslmode=require, verify-ca or verify-full');
    return mode === 'disable' ? false : ('prefer' as const);
  }
  if (sslrootcert === 'system' && mode !== 'verify-full')
    throw new Error('has sslrootcert=system, which needs sslmode=verify-full');
  const ca = sslrootcert === 'system' ? systemAuthorities : sslrootcert;
  const verify = {
    require: ca === undefined ? 'none' : 'ca',
    'verify-ca': 'ca',
    'verify-full': 'full',
  } as const;
  return tlsSettings(verify[mode], hosts, { ca, cert: sslcert, key: sslkey, passphrase: sslpassword });
}

function eitherOf(name: string, part: string | null, word: string | undefined): string | undefined {
  if (part !== null && part !== '' && word !== undefined) throw new Error(`has its ${name} twice`);
  return part ?? word;
}
