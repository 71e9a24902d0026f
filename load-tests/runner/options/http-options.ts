import { BlockList, isIP } from 'node:net';
import { ConfigError } from '../protocol/endings.ts';
import type { ClientCertificate, DnsOptions, HttpOptions, TlsOptions } from '../protocol/requests.ts';
import { parseDuration } from './duration.ts';
import { readBoolean, readCount, readFields, readKnownFields, readText, readTexts } from './option-values.ts';
import { hasIpTag, readSystemTags } from './system-tags.ts';

type Fields = Record<string, unknown>;

/** Reads the options of requests. Throws a ConfigError for a value that cannot be obeyed. */
export function readHttpOptions(fields: Fields): HttpOptions {
  const bool = (key: string) => readBoolean(fields[key], key) ?? false;
  const count = (key: string, fallback: number) => readCount(fields[key], key) ?? fallback;
  return {
    userAgent: readText(fields.userAgent, 'userAgent') ?? 'ecs-load',
    maxRedirects: readCount(fields.maxRedirects, 'maxRedirects') ?? null,
    throw: bool('throw'),
    batch: count('batch', 20),
    batchPerHost: count('batchPerHost', 6),
    discardResponseBodies: bool('discardResponseBodies'),
    noConnectionReuse: bool('noConnectionReuse'),
    noVUConnectionReuse: bool('noVUConnectionReuse'),
    noCookiesReset: bool('noCookiesReset'),
    blockHostnames: readTexts(fields.blockHostnames, 'blockHostnames').map(readPattern('blockHostnames')),
    blacklistIPs: readTexts(fields.blacklistIPs, 'blacklistIPs').map(readRange),
    hosts: readHosts(readFields(fields.hosts, 'hosts')),
    dns: fields.dns === undefined ? null : readDns(fields.dns),
    tls: readTlsOptions(fields),
    debug: readDebug(fields.httpDebug),
    rps: count('rps', 0),
    hasIpTag: hasIpTag(readSystemTags(fields.systemTags)),
  };
}

/** A host name, with a star at its front for every name that ends so. */
function readPattern(option: string) {
  return (pattern: string): string => {
    if (!/^(\*|(\*\.)?[^*\s]+)$/.test(pattern)) {
      throw new ConfigError(
        `${option}: invalid hostname pattern '${pattern}': a star stands at its front only`,
      );
    }
    return pattern.toLowerCase();
  };
}

function readRange(range: string): string {
  const [address = '', bits = ''] = range.split('/');
  const family = isIP(address);
  if (family === 0 || !/^\d+$/.test(bits) || Number(bits) > (family === 4 ? 32 : 128)) {
    throw new ConfigError(`blacklistIPs: '${range}' is no range of addresses as 10.0.0.0/8`);
  }
  return range;
}

/** Returns a test of whether an address is in one of the ranges. */
export function rangeTest(ranges: string[]): (address: string) => boolean {
  const list = new BlockList();
  for (const range of ranges) {
    const [address = '', bits = ''] = range.split('/');
    list.addSubnet(address, Number(bits), isIP(address) === 6 ? 'ipv6' : 'ipv4');
  }
  return (address) => list.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4');
}

function readHosts(hosts: Record<string, unknown>): HttpOptions['hosts'] {
  return Object.entries(hosts).map(([pattern, target]) => {
    const text = String(target);
    const match = /^(?:\[([^\]]+)\]|([^:]+)):(\d+)$/.exec(text);
    const address = match ? (match[1] ?? match[2] ?? '') : text.replace(/^\[(.*)\]$/, '$1');
    if (isIP(address) === 0) throw new ConfigError(`hosts: '${text}' of ${pattern} is no IP address`);
    return { pattern: readPattern('hosts')(pattern), address, port: match?.[3] ?? '' };
  });
}

const SELECTIONS = ['first', 'random', 'roundRobin'];
const POLICIES = ['preferIPv4', 'preferIPv6', 'onlyIPv4', 'onlyIPv6', 'any'];

/** An object, or as on the command line `ttl=1m,select=first,policy=any`. */
function readDns(option: unknown): DnsOptions {
  const object =
    typeof option === 'string'
      ? Object.fromEntries(option.split(',').map((pair) => pair.split('=', 2)))
      : option;
  const fields = readKnownFields(object, 'dns', ['ttl', 'select', 'policy']);
  const ttl = readText(fields.ttl, 'dns.ttl') ?? '5m';
  const select = readText(fields.select, 'dns.select') ?? 'random';
  const policy = readText(fields.policy, 'dns.policy') ?? 'preferIPv4';
  if (!SELECTIONS.includes(select)) throw new ConfigError(`dns.select: invalid value '${select}'`);
  if (!POLICIES.includes(policy)) throw new ConfigError(`dns.policy: invalid value '${policy}'`);
  const ttlMs = ttl === 'inf' ? Infinity : parseDuration(ttl, 'dns.ttl');
  return { ttlMs, select, policy } as DnsOptions;
}

/** By k6's names; the numbers are those of the protocol. */
const TLS_VERSIONS: Record<string, number> = {
  'tls1.0': 0x0301,
  'tls1.1': 0x0302,
  'tls1.2': 0x0303,
  'tls1.3': 0x0304,
};

function readTlsOptions(fields: Fields): TlsOptions {
  const tls: TlsOptions = { certificates: readCertificates(fields.tlsAuth) };
  if (readBoolean(fields.insecureSkipTLSVerify, 'insecureSkipTLSVerify')) tls.rejectUnauthorized = false;
  const { tlsVersion } = fields;
  if (tlsVersion !== undefined) {
    const range =
      typeof tlsVersion === 'string'
        ? { min: tlsVersion, max: tlsVersion }
        : readKnownFields(tlsVersion, 'tlsVersion', ['min', 'max']);
    const { min, max } = range as { min?: string; max?: string };
    if (min) tls.minVersion = readTlsVersion(min);
    if (max) tls.maxVersion = readTlsVersion(max);
  }
  const ciphers = readTexts(fields.tlsCipherSuites, 'tlsCipherSuites').map(readCipher);
  if (ciphers.length > 0) tls.ciphers = ciphers.join(':');
  return tls;
}

function readTlsVersion(name: string): number {
  const version = TLS_VERSIONS[name];
  if (version === undefined) throw new ConfigError(`tlsVersion: unknown TLS version '${name}'`);
  return version;
}

/** From the registry's name, as k6 has it, to that of OpenSSL. */
function readCipher(name: string): string {
  const match =
    /^TLS_(?:(ECDHE)_)?(RSA|ECDSA)_WITH_(AES_128|AES_256|CHACHA20)_(GCM|CBC|POLY1305)(?:_(SHA\d*))?$/;
  const [, exchange, authentication = '', cipher = '', mode = '', hash = ''] = match.exec(name) ?? [];
  if (!cipher) throw new ConfigError(`tlsCipherSuites: '${name}' is not offered`);
  const parts = mode === 'CBC' ? [hash] : mode === 'POLY1305' ? [mode] : [mode, hash];
  const keys = exchange ? [exchange, authentication] : [];
  return [...keys, cipher.replace('_', ''), ...parts].join('-');
}

function readCertificates(option: unknown): ClientCertificate[] {
  if (option === undefined || option === null) return [];
  if (!Array.isArray(option)) throw new ConfigError('tlsAuth must be a list');
  return option.map((entry: unknown) => {
    const fields = readKnownFields(entry, 'tlsAuth', ['cert', 'key', 'password', 'domains']);
    const [cert, key] = [readText(fields.cert, 'tlsAuth.cert'), readText(fields.key, 'tlsAuth.key')];
    if (!cert || !key) throw new ConfigError('tlsAuth: each entry needs a cert and a key');
    const passphrase = readText(fields.password, 'tlsAuth.password');
    const patterns = readTexts(fields.domains, 'tlsAuth.domains').map(readPattern('tlsAuth'));
    return { cert, key, patterns, ...(passphrase === undefined ? {} : { passphrase }) };
  });
}

/** As in k6, any text but `full` shows the headers alone. */
function readDebug(option: unknown): HttpOptions['debug'] {
  const text = readText(option, 'httpDebug') ?? '';
  if (text === '') return 'off';
  return text === 'full' ? 'full' : 'headers';
}
