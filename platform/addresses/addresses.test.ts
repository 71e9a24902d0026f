import { describe, expect, test } from 'bun:test';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { temporaryFolder } from '../../tests/harness/engines.ts';
import { readHttpUrl } from './http.ts';
import { readNatsUrl, withNatsFiles } from './nats.ts';
import { readPostgresUrl } from './postgres.ts';
import { readRedisUrl } from './redis.ts';

const READERS = { readHttpUrl, readNatsUrl, readPostgresUrl, readRedisUrl };

/** The sentence with which a URL is rejected. */
const refusal = (read: () => unknown): string => {
  try {
    read();
  } catch (error) {
    return (error as Error).message;
  }
  return 'accepted';
};

const fileOf = (text: string): string => {
  const path = join(temporaryFolder(), 'file');
  writeFileSync(path, text);
  return path;
};

describe('a URL of NATS', () => {
  test('is read as providers write it', () => {
    expect(readNatsUrl('nats://h')).toEqual({ servers: ['h:4222'] });
    expect(readNatsUrl('nats://u:p%40%2Fw@h:1')).toEqual({ servers: ['h:1'], user: 'u', pass: 'p@/w' });
    expect(readNatsUrl('nats://u:@h')).toMatchObject({ user: 'u', pass: '' });
    expect(readNatsUrl('nats://s3cret@h')).toEqual({ servers: ['h:4222'], token: 's3cret' });
    expect(readNatsUrl('nats://[::1]:4223,[::2]')).toEqual({ servers: ['[::1]:4223', '[::2]:4222'] });
    for (const list of ['nats://u:p@a:1,b:2', 'nats://u:p@a:1,nats://b:2', 'nats://u:p@a:1, nats://u:p@b:2'])
      expect(readNatsUrl(list)).toEqual({ servers: ['a:1', 'b:2'], user: 'u', pass: 'p' });
    expect(readNatsUrl('tls://h')).toMatchObject({ servers: ['h:4222'], tls: { rejectUnauthorized: true } });
  });

  test('takes the files that variables name, and rejects two words for one thing', () => {
    const creds = fileOf('-----BEGIN NATS USER JWT-----\nx\n-----BEGIN USER NKEY SEED-----\ny\n');
    const seed = fileOf(`SU${'A'.repeat(56)}\n`);
    const url = withNatsFiles('nats://h', { NATS_CREDS_FILE: creds });
    expect(readNatsUrl(url).creds).toContain('NATS USER JWT');
    expect(withNatsFiles(url, { NATS_CREDS_FILE: creds })).toBe(url);
    expect(() => withNatsFiles(url, { NATS_CREDS_FILE: seed })).toThrow('NATS_CREDS_FILE names another');
    expect(readNatsUrl(withNatsFiles('nats://h', { NATS_NKEY_SEED_FILE: seed })).nkeySeed).toHaveLength(58);
    expect(() => readNatsUrl(withNatsFiles('nats://u:p@h', { NATS_CREDS_FILE: creds }))).toThrow('more than');
    expect(() => readNatsUrl(withNatsFiles('nats://h', { NATS_CREDS_FILE: seed }))).toThrow(
      'without a user JWT',
    );
  });

  test('that asks for what is not supported is rejected by name', () => {
    expect(refusal(() => readNatsUrl('wss://h'))).toContain('wss://');
    expect(refusal(() => readNatsUrl('nats://h?tls=true'))).toContain('"tls", which is not supported');
    expect(refusal(() => readNatsUrl('nats://h?tls_ca_file=/nowhere'))).toContain('tls_ca_file');
    expect(refusal(() => readNatsUrl('nats://h/account'))).toContain('path');
    expect(refusal(() => readNatsUrl('nats://:p@h'))).toContain('without a user');
    expect(refusal(() => readNatsUrl('nats://a,tls://b'))).toContain('mixes schemes');
    expect(refusal(() => readNatsUrl('nats://u:p@a,nats://v:q@b'))).toContain('another user');
    expect(refusal(() => readNatsUrl('nats://h:0'))).toContain('port');
  });
});

describe('a URL of PostgreSQL', () => {
  const address = (url: string) => readPostgresUrl(url).address;

  test('is read as libpq reads it', () => {
    expect(address('postgresql://u:p%25@h/d')).toEqual({
      host: ['h'],
      port: [5432],
      username: 'u',
      password: 'p%',
      database: 'd',
      ssl: false,
    });
    expect(address('postgres://a:1,b/d?target_session_attrs=read-write')).toMatchObject({
      host: ['a', 'b'],
      port: [1, 5432],
      target_session_attrs: 'read-write',
    });
    for (const socket of ['postgres:///d?host=/run/pg&port=7', 'postgres://%2Frun%2Fpg:7/d'])
      expect(address(socket)).toMatchObject({ path: '/run/pg/.s.PGSQL.7', database: 'd' });
    expect(address('postgres://h/d?user=u&password=p&connect_timeout=9')).toMatchObject({
      username: 'u',
      password: 'p',
      connect_timeout: 9,
    });
    expect(address('postgres://h?sslmode=require').ssl).toMatchObject({ rejectUnauthorized: false });
    expect(address('postgres://h?sslmode=verify-full').ssl).toMatchObject({ rejectUnauthorized: true });
    expect(address('postgres://h?prepare=false&max_pipeline=0')).toMatchObject({
      prepare: false,
      max_pipeline: 0,
    });
    const { connection, isPooler } = readPostgresUrl(
      'postgres://h?application_name=x&options=-c%20search_path%3Da&pgbouncer=true',
    );
    expect(connection).toEqual({ application_name: 'x', options: '-c search_path=a' });
    expect(isPooler).toBe(true);
  });

  test('that asks for what is not supported is rejected by name', () => {
    const wrong = {
      'sslmode=on': 'sslmode, which must be disable or allow',
      'sslmode=require&sslrootcert=/nowhere': 'sslrootcert',
      'sslrootcert=system&sslmode=require': 'needs sslmode=verify-full',
      'sslmode=prefer&sslnegotiation=direct': 'words of TLS without',
      'channel_binding=require': 'channel_binding=require, which is not supported',
      'gssencmode=require': 'gssencmode',
      'target_session_attrs=any-old': 'target_session_attrs',
      'connect_timeout=-1': 'connect_timeout',
      'connect_timeout=2s': 'connect_timeout',
      'connection_limit=5': '"connection_limit", which is not supported',
      'sslmode=disable&sslmode=require': 'twice',
      'host=elsewhere': 'has a host, and host',
    };
    for (const [query, sentence] of Object.entries(wrong))
      expect(refusal(() => readPostgresUrl(`postgres://u:p@h/d?${query}`))).toContain(sentence);
  });
});

describe('a URL of Redis', () => {
  test('is read as providers write it', () => {
    expect(readRedisUrl('redis://h')).toEqual({ host: 'h', port: 6379, db: 0 });
    expect(readRedisUrl('redis://:p%2C@[::1]:1/3')).toEqual({ password: 'p,', host: '::1', port: 1, db: 3 });
    expect(readRedisUrl('rediss://u:p@h?db=2')).toMatchObject({ username: 'u', db: 2, tls: {} });
    for (const list of ['redis+sentinel://u:p@a,b:1/ecs', 'redis+sentinel://u:p@a/ecs,redis+sentinel://b:1'])
      expect(readRedisUrl(`${list}?sentinel_username=s&sentinel_password=q`)).toEqual({
        username: 'u',
        password: 'p',
        sentinelUsername: 's',
        sentinelPassword: 'q',
        sentinels: [
          { host: 'a', port: 26_379 },
          { host: 'b', port: 1 },
        ],
        name: 'ecs',
        db: 0,
      });
    expect(readRedisUrl('rediss+sentinel://h/ecs/1')).toMatchObject({
      db: 1,
      enableTLSForSentinelMode: true,
    });
  });

  test('that asks for what is not supported is rejected by name', () => {
    expect(refusal(() => readRedisUrl('unix:///run/redis.sock'))).toContain('redis://');
    expect(refusal(() => readRedisUrl('redis://%2Frun%2Fredis.sock'))).toContain('socket');
    expect(refusal(() => readRedisUrl('redis://a,b'))).toContain('several servers');
    expect(refusal(() => readRedisUrl('redis://user@h'))).toContain('user without a password');
    expect(refusal(() => readRedisUrl('redis://h/cache'))).toContain('number of a database');
    expect(refusal(() => readRedisUrl('redis://h/1?db=2'))).toContain('names another');
    expect(refusal(() => readRedisUrl('redis://h?timeout=1'))).toContain('"timeout", which is not supported');
    expect(refusal(() => readRedisUrl('redis://h?ssl_cert_reqs=none'))).toContain('without rediss://');
    expect(refusal(() => readRedisUrl('redis+sentinel://h'))).toContain('must name the server');
    expect(refusal(() => readRedisUrl('redis://h?sentinel_password=p'))).toContain('without redis+sentinel');
  });
});

describe('the URL of a service', () => {
  test('may have a path, and neither a query nor a password', () => {
    expect(readHttpUrl('http://h')).toEqual({ base: 'http://h', port: 80 });
    expect(readHttpUrl('https://[::1]:8443/ecs/')).toEqual({ base: 'https://[::1]:8443/ecs', port: 8443 });
    for (const wrong of [
      'h:80',
      'ftp://h',
      'http://a,http://b',
      'http://u:p@h',
      'http://h?a=1',
      'http://h#x',
    ])
      expect(refusal(() => readHttpUrl(wrong))).not.toBe('accepted');
  });
});

describe('any URL', () => {
  test('is taken or rejected in one line that does not show its password', () => {
    const password = 'hunter2';
    const piece = fc.oneof(
      fc.string({ maxLength: 6 }),
      fc.constantFrom(
        '@',
        ':',
        '/',
        '?',
        '#',
        ',',
        '%',
        '%zz',
        '=',
        '&',
        '[::1]',
        'h:1',
        'redis://',
        'tls_first=1',
      ),
    );
    const scheme = fc.constantFrom(
      'nats',
      'tls',
      'postgres',
      'redis',
      'rediss',
      'redis+sentinel',
      'http',
      'wss',
    );
    fc.assert(
      fc.property(scheme, fc.array(piece, { maxLength: 8 }), (name, pieces) => {
        const url = `${name}://user:${password}${pieces.join('')}@h/d`;
        for (const reader of Object.values(READERS)) {
          const sentence = refusal(() => reader(url));
          expect(sentence).not.toContain(password);
          expect(sentence).not.toContain('\n');
          expect(sentence).toMatch(/^(accepted|has |must |mixes |names |is )/);
        }
      }),
      { numRuns: 5000 },
    );
  });
});
