import { BlockList, isIP } from 'node:net';
import { isJurisdiction } from '../../sdk/contracts/jurisdiction.ts';
import { readHost } from '../addresses/host.ts';
import { readHttpUrl } from '../addresses/http.ts';
import { readNatsUrl, withNatsFiles } from '../addresses/nats.ts';
import { readPostgresUrl } from '../addresses/postgres.ts';
import { type Protection, requireProtection, type Transport, TRANSPORTS } from '../addresses/protection.ts';
import { checkRedisAddress } from '../addresses/redis.ts';
import { TLS_VARIABLES } from '../addresses/tls-variables.ts';
import { misspelled, variableText } from '../addresses/variable-text.ts';
import { CONSENT_MODES } from './consent-mode.ts';
import { readFailpoints } from './failpoint.ts';

/**
 * Configuration comes from the environment alone. A process that lacks a variable, or gets a bad one, does
 * not start and names every bad variable at once.
 */
export class ConfigError extends Error {
  override name = 'ConfigError';
  constructor(readonly problems: string[]) {
    super(`bad configuration:\n${problems.map((problem) => `  ${problem}`).join('\n')}`);
  }
}

export type Environment = Record<string, string | undefined>;

/** Reads one variable's text; throws a sentence that names the allowed values. */
interface Read<T> {
  (text: string | undefined, env?: Environment): T;
  /** Of an address. */
  transport?: Transport;
}

/** The variables of a service, each with its reader. */
export type Variables = Record<string, Read<unknown>>;

export type ConfigOf<Spec extends Variables> = {
  [Name in keyof Spec]: ReturnType<Spec[Name]>;
};

/** `readConfig(env, {PORT: port(8000)})` -> `{PORT: 8000}`. Throws a ConfigError with all that is wrong. */
export function readConfig<Spec extends Variables>(env: Environment, spec: Spec): ConfigOf<Spec> {
  const problems: string[] = [];
  const config: Record<string, unknown> = {};
  for (const [name, reader] of Object.entries(spec)) {
    try {
      const text = variableText(env, name)?.trim() || undefined;
      config[name] = reader(text, env);
      if (text !== undefined && reader.transport) requireProtection(reader.transport, text, env);
    } catch (error) {
      problems.push(`${name} ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  problems.push(...misspelled(env, Object.keys(spec)));
  if (problems.length > 0) throw new ConfigError(problems);
  return config as ConfigOf<Spec>;
}

/** Returns the protection of every address that is set. */
export function protectionsOf(env: Environment, spec: Variables): Record<string, Protection> {
  const protections = Object.entries(spec).flatMap(([name, { transport }]) => {
    const text = variableText(env, name)?.trim();
    return text && transport ? [[name, transport.protectionOf(text, env)] as const] : [];
  });
  return Object.fromEntries(protections);
}

/** Every variable with an address is read by one of these: else TLS_REQUIRED would not see it. */
export function addressOf<T>(transport: Transport, read: Read<T>): Read<T> {
  return Object.assign((text: string | undefined, env?: Environment) => read(text, env), { transport });
}

/**
 * A URL that the parser of its engine accepts; the value is the text, for the code that opens the
 * connection.
 */
const address = (transport: Transport, example: string, check: (text: string) => unknown): Read<string> =>
  addressOf(transport, (text) => {
    if (text === undefined) throw new Error(`is missing; it must be a URL like ${example}`);
    check(text);
    return text;
  });

export const postgresUrl = () =>
  address(TRANSPORTS.postgres, 'postgres://user:password@host:5432/database', readPostgresUrl);
/** Or `none`: then nothing is cached. */
const redisUrl = () => address(TRANSPORTS.redis, 'redis://:password@host:6379, or none', checkRedisAddress);
export const httpUrl = () => address(TRANSPORTS.http, 'http://host:8000', readHttpUrl);

/** Addresses with commas between them; none without one. */
export const httpUrls = (): Read<string[]> => (text) => {
  const urls = (text ?? '').split(',').map((url) => url.trim().replace(/\/+$/, ''));
  return urls.filter((url) => url !== '').map((url) => (readHttpUrl(url), url));
};

/** With the files that NATS_CREDS_FILE and the like name, as query words. */
export const natsUrl = (): Read<string> =>
  addressOf(TRANSPORTS.nats, (text, env = {}) => {
    const full = text === undefined ? undefined : withNatsFiles(text, env);
    return address(TRANSPORTS.nats, 'nats://user:password@host:4222', readNatsUrl)(full, env);
  });

/** Null for an optional variable that is not set. */
export function optional<T>(reader: Read<T>): Read<T | null> {
  const read: Read<T | null> = (text, env) => (text === undefined ? null : reader(text, env));
  return reader.transport ? addressOf(reader.transport, read) : read;
}

const secret =
  (lengthMin = 32): Read<string> =>
  (text) => {
    if (text === undefined) throw new Error(`is missing; it must have at least ${lengthMin} characters`);
    for (const entry of text.split(',')) {
      if (entry.length < lengthMin)
        throw new Error(`is too short; it must have at least ${lengthMin} characters`);
    }
    return text;
  };

export const integer =
  (fallback: number, minimum: number, maximum: number): Read<number> =>
  (text) => {
    if (text === undefined) return fallback;
    const value = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
    if (!Number.isInteger(value) || value < minimum || value > maximum) {
      throw new Error(`must be a whole number from ${minimum} to ${maximum}`);
    }
    return value;
  };

const port = (fallback: number): Read<number> => integer(fallback, 1, 65_535);

export const oneOf =
  <Value extends string>(fallback: Value, ...values: Value[]): Read<Value> =>
  (text) => {
    if (text === undefined) return fallback;
    if (!values.includes(text as Value)) throw new Error(`must be one of ${values.join(', ')}`);
    return text as Value;
  };

export const country = (): Read<string> => (value) => {
  if (!isJurisdiction(value ?? '')) throw new Error('must be a country code of ISO 3166-1 alpha-2, like BR');
  return value ?? '';
};

export const text =
  (fallback: string): Read<string> =>
  (value) =>
    value ?? fallback;

/** A name of at most so many characters; null without one. */
export const label =
  (lengthMax: number): Read<string | null> =>
  (value) => {
    if (value !== undefined && value.length > lengthMax)
      throw new Error(`must have at most ${lengthMax} characters`);
    return value ?? null;
  };

const host =
  (fallback: string): Read<string> =>
  (value) =>
    readHost(value ?? fallback);

/** Origins of web pages, with commas between them, or `*` for any. None by default. */
export const origins = (): Read<string[]> => (text) => {
  const list = (text ?? '').split(',').map((originText) => originText.trim());
  for (const originText of list.filter((origin) => origin !== '' && origin !== '*')) {
    const isOrigin = URL.canParse(originText) && new URL(originText).origin === originText;
    if (!isOrigin) throw new Error('must be origins like https://app.example.com, with commas between, or *');
  }
  return list.filter((originText) => originText !== '');
};

/** Addresses and networks, `10.0.0.0/8,fd00::/8`; null without any. */
export const networks = (): Read<BlockList | null> => (text) => {
  if (text === undefined) return null;
  const list = new BlockList();
  for (const network of text.split(',')) {
    const [, address = '', prefix] = /^\s*([\da-f.:]+)(?:\/(\d{1,3}))?\s*$/i.exec(network) ?? [];
    const bits = { 0: 0, 4: 32, 6: 128 }[isIP(address)] ?? 0;
    const length = prefix === undefined ? bits : Number(prefix);
    // A network of all addresses would let everybody choose an address.
    if (length < 1 || length > bits)
      throw new Error('must be addresses or networks like 10.0.0.0/8 or fd00::/8, with commas between');
    list.addSubnet(address, length, bits === 32 ? 'ipv4' : 'ipv6');
  }
  return list;
};

const UNITS: Record<string, number> = { MB: 1e6, GB: 1e9, MiB: 2 ** 20, GiB: 2 ** 30 };

/** `900MiB`, `1GB` -> bytes */
export const bytes = (): Read<number> => (value) => {
  const [, digits, unit = ''] = /^(\d{1,7})(MB|GB|MiB|GiB)$/.exec(value ?? '') ?? [];
  if (digits === undefined || Number(digits) === 0) throw new Error('must be a size like 900MiB or 2GB');
  return Number(digits) * (UNITS[unit] ?? 1);
};

/** `0,2-4` -> [0, 2, 3, 4] */
export const numbers = (): Read<number[]> => (text) => {
  const ranges = (text ?? '').split(',').map((range) => /^\s*(\d{1,4})(?:-(\d{1,4}))?\s*$/.exec(range));
  return ranges.flatMap((range) => {
    const from = Number(range?.[1]);
    const to = Number(range?.[2] ?? from);
    if (!range || to < from) throw new Error('must be numbers or ranges with commas between, like 0,2-4');
    return Array.from({ length: to - from + 1 }, (_, index) => from + index);
  });
};

/** The variables that more than one service reads, each defined once. */
export const VARIABLES = {
  DATABASE_URL: postgresUrl(),
  /** For LISTEN, where DATABASE_URL is a pooler that shares sessions by transaction. */
  DATABASE_SESSION_URL: optional(postgresUrl()),
  NATS_URL: natsUrl(),
  /**
   * One server; or the sentinels that know which one: `redis+sentinel://user:password@host:26379/name,...`
   */
  REDIS_URL: redisUrl(),
  /** Signs tokens. A list with commas rotates it: the first signs, all verify. */
  SECRET_KEY: secret(),
  INTERNAL_SERVICE_API_KEY: secret(16),
  /** Hashes ids of erased customers. It never changes: without it a restored customer is not found again. */
  ERASURE_KEY: secret(),
  /** The partitions that a worker takes, like `0,2-4`; without it, all. */
  STREAM_PARTITIONS_CONSUMED: optional(numbers()),
  /** Where clients call the API, like `https://api.example.com`; without it, on this machine alone. */
  PUBLIC_URL: optional(httpUrl()),
  SQL_POOL_SIZE: integer(10, 1, 100),
  /** Whether a customer who has not said may be treated as one who has consented: see consent-mode.ts. */
  CONSENT_MODE: oneOf('recorded', ...CONSENT_MODES),
} as const;

export const PROCESS_VARIABLES = {
  /** `::` for every address of both families. */
  HOST: host('127.0.0.1'),
  PORT: port(8000),
  OPS_PORT: port(9464),
  /** Whether other processes of the service may listen on PORT too: the kernel shares connections out. */
  REUSE_PORT: oneOf('false', 'true', 'false'),
  /** Whether the database is left alone until a line comes on stdin: `ecs up` prepares it meanwhile. */
  DATABASE_HELD: oneOf('false', 'true', 'false'),
  /** How long a stopping process still takes requests, with /readyz at 503, until balancers have seen it. */
  DRAIN_GRACE_MS: integer(0, 0, 5000),
  ...TLS_VARIABLES,
  /** Drills only, see failpoint.ts. */
  ECS_FAIL: readFailpoints,
  LOG_LEVEL: oneOf('info', 'trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'),
} as const;
