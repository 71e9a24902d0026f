import type { RedisOptions } from 'ioredis';
import { tlsSettings } from './tls.ts';
import {
  anyText,
  type EngineUrl,
  namedFile,
  numberFrom,
  oneWordOf,
  parseEngineUrl,
  readWords,
} from './url.ts';

/** Stands for the absence of Redis. */
export const NO_REDIS = 'none';

/** Throws a sentence for what is neither a URL of Redis nor its absence. */
export function checkRedisAddress(text: string): void {
  if (text !== NO_REDIS) readRedisUrl(text);
}

const SCHEMES = ['redis', 'rediss', 'redis+sentinel', 'rediss+sentinel'];

/** As redis-py writes them, and go-redis for sentinels. */
const WORDS = {
  db: numberFrom(0, 1_000_000),
  ssl_ca_certs: namedFile,
  ssl_certfile: namedFile,
  ssl_keyfile: namedFile,
  ssl_cert_reqs: oneWordOf('required', 'none'),
  ssl_check_hostname: oneWordOf('true', 'false'),
  sentinel_username: anyText,
  sentinel_password: anyText,
} as const;

type Words = ReturnType<typeof readWords<typeof WORDS>>;

/**
 * `redis://user:password@host:6379/0`, `rediss://...` with TLS, or the sentinels that know the server:
 * `redis+sentinel://user:password@host:26379,host:26379/name?sentinel_password=...`, with `rediss+sentinel`
 * for TLS to both. The user and password are the server's. Throws a sentence for a wrong or unsupported
 * part.
 */
export function readRedisUrl(text: string): RedisOptions {
  const isSentinel = /^rediss?\+sentinel:/i.test(text);
  const url = parseEngineUrl(text, { schemes: SCHEMES, defaultPort: isSentinel ? 26_379 : 6379 });
  if (url.hosts.some(({ host }) => host.startsWith('/'))) throw new Error('has a socket instead of a host');
  const words = readWords(url.words, WORDS);
  const tls = tlsOf(url, words);
  if (isSentinel) return sentinelOptions(url, words, tls);
  const [server] = url.hosts;
  if (!server || url.hosts.length > 1)
    throw new Error('names several servers: one is used, or sentinels (redis+sentinel://); no Redis Cluster');
  if (words.sentinel_username !== undefined || words.sentinel_password !== undefined)
    throw new Error('has a user or password of sentinels without redis+sentinel://');
  return { ...credentialsOf(url), ...server, db: databaseOf(url.path, words.db), ...(tls ? { tls } : {}) };
}

function sentinelOptions(url: EngineUrl, words: Words, tls: object | null): RedisOptions {
  const [name = '', database = '', ...surplus] = url.path.split('/');
  if (name === '' || surplus.length > 0)
    throw new Error('must name the server that the sentinels know: redis+sentinel://host:26379/name');
  const { sentinel_username: username, sentinel_password: password } = words;
  if (username !== undefined && password === undefined)
    throw new Error('has sentinel_username without sentinel_password');
  return {
    ...credentialsOf(url),
    ...(username === undefined ? {} : { sentinelUsername: username }),
    ...(password === undefined ? {} : { sentinelPassword: password }),
    sentinels: url.hosts,
    name,
    db: databaseOf(database, words.db),
    ...(tls ? { tls, sentinelTLS: tls, enableTLSForSentinelMode: true } : {}),
  };
}

function credentialsOf({ username, password }: EngineUrl): Pick<RedisOptions, 'username' | 'password'> {
  if (username === null) return {};
  if (!password)
    throw new Error('has a user without a password; a password alone is written redis://:password@host');
  return { password, ...(username === '' ? {} : { username }) };
}

function databaseOf(path: string, word: number | undefined): number {
  if (path === '') return word ?? 0;
  if (!/^\d{1,6}$/.test(path)) throw new Error('has a path that is not the number of a database');
  if (word !== undefined && word !== Number(path)) throw new Error('has db, and its path names another');
  return Number(path);
}

function tlsOf(url: EngineUrl, words: Words) {
  const isSecured = url.scheme.startsWith('rediss');
  const misplaced = [...url.words.keys()].find((word) => word.startsWith('ssl_'));
  if (!isSecured && misplaced !== undefined) throw new Error(`has ${misplaced} without rediss://`);
  if (!isSecured) return null;
  const { ssl_ca_certs: ca, ssl_certfile: cert, ssl_keyfile: key } = words;
  const verifiesName = words.ssl_check_hostname !== 'false' ? 'full' : 'ca';
  return tlsSettings(words.ssl_cert_reqs === 'none' ? 'none' : verifiesName, url.hosts, { ca, cert, key });
}
