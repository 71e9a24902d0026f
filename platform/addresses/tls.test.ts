import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { Redis } from 'ioredis';
import { connect } from 'nats';
import type { Child } from '../../deploy/local/processes/child.ts';
import { type Certificates, makeCertificates } from '../../tests/harness/certificates.ts';
import { createTestDatabase, eventually, startEngine } from '../../tests/harness/engines.ts';
import { openRecorder, type Recorder } from '../../tests/harness/recorder.ts';
import { natsTls, offerTls, startNatsWith, startRedisWith } from '../../tests/harness/tls-engines.ts';
import { connectionOptions } from '../messaging/bus-connection.ts';
import { connectPostgres } from '../data/connect-postgres.ts';
import { isTransient } from '../data/sql.ts';
import { readRedisUrl } from './redis.ts';

// needs: redis, openssl

/** Each engine with TLS and without: the right authority connects, nothing else is told the password. */

const PASSWORD = 'hunter2-never-in-clear';
const encoded = encodeURIComponent;
let right: Certificates;
let wrong: Certificates;
const children: Child[] = [];
const recorders: Recorder[] = [];

const track = <T extends Child>(child: T): T => {
  children.push(child);
  return child;
};
const recorded = async (port: number): Promise<Recorder> => {
  const recorder = await openRecorder(port);
  recorders.push(recorder);
  return recorder;
};

beforeAll(() => {
  right = makeCertificates('DNS:localhost,IP:127.0.0.1');
  wrong = makeCertificates('DNS:elsewhere.example');
});
afterAll(async () => {
  for (const recorder of recorders) recorder.close();
  await Promise.all(children.map((child) => child.stop('SIGKILL', 1000)));
});

describe('NATS', () => {
  const USERS = `authorization { user: u, password: "${PASSWORD}" }`;
  const open = async (url: string) => {
    const connection = await connect({ ...connectionOptions(url, 'test'), maxReconnectAttempts: 0 });
    await connection.flush();
    await connection.close();
  };

  test('tls:// connects with the authority of the certificate, by name and by address', async () => {
    const { port } = track(await startNatsWith([USERS, natsTls(right)]));
    const word = `?tls_ca_file=${encoded(right.caFile)}`;
    for (const host of ['localhost', '127.0.0.1']) await open(`tls://u:${PASSWORD}@${host}:${port}${word}`);
    await open(`nats://u:${PASSWORD}@localhost:${port}${word}`);
  });

  test('tls:// tells no password to a server of another authority, of another name, or without TLS', async () => {
    const [tls, elsewhere, plain] = await Promise.all([
      startNatsWith([USERS, natsTls(right)]),
      startNatsWith([USERS, natsTls(wrong)]),
      startNatsWith([USERS]),
    ]);
    for (const [server, caFile] of [
      [tls, wrong.caFile],
      [elsewhere, wrong.caFile],
      [plain, right.caFile],
    ] as const) {
      const { port, bytesSent } = await recorded(track(server).port);
      const url = `tls://u:${PASSWORD}@127.0.0.1:${port}?tls_ca_file=${encoded(caFile)}`;
      await expect(open(url)).rejects.toThrow();
      expect(bytesSent()).not.toContain(PASSWORD);
    }
    const { port, bytesSent } = await recorded(plain.port);
    await expect(open(`tls://u:${PASSWORD}@127.0.0.1:${port}`)).rejects.toThrow();
    expect(bytesSent()).toBe('');
  });

  test('a lone user part is a token', async () => {
    const { port } = track(await startNatsWith([`authorization { token: "${PASSWORD}" }`]));
    await open(`nats://${PASSWORD}@127.0.0.1:${port}`);
    await expect(open(`nats://other@127.0.0.1:${port}`)).rejects.toThrow('Authorization Violation');
  });
});

describe('PostgreSQL', () => {
  const ask = async (url: string) => {
    const sql = connectPostgres(url, { max: 1, name: 'test', connectSeconds: 5 });
    try {
      const [row] = await sql<{ ssl: boolean }[]>`
        select ssl from pg_stat_ssl where pid = pg_backend_pid()`;
      return row?.ssl;
    } finally {
      await sql.end({ timeout: 1 });
    }
  };

  let url: string;
  beforeAll(async () => {
    ({ url } = await startEngine('postgresql'));
  });
  const offer = async (certificates: Certificates) => {
    await offerTls(url, certificates);
    const ca = `sslrootcert=${encoded(certificates.caFile)}`;
    await eventually('its certificate is this one', () => ask(`${url}?sslmode=verify-ca&${ca}`));
  };

  test('sslmode is obeyed as libpq has it', async () => {
    await offer(right);
    const ca = `sslrootcert=${encoded(right.caFile)}`;
    expect(await ask(url)).toBe(false);
    expect(await ask(`${url}?sslmode=disable`)).toBe(false);
    expect(await ask(`${url}?sslmode=prefer`)).toBe(true);
    expect(await ask(`${url}?sslmode=allow`)).toBe(true);
    for (const mode of ['require', 'verify-ca', 'verify-full'])
      expect(await ask(`${url}?sslmode=${mode}&${ca}`)).toBe(true);
    expect(await ask(`${url.replace('127.0.0.1', 'localhost')}?sslmode=verify-full&${ca}`)).toBe(true);
    for (const mode of ['require', 'verify-ca', 'verify-full']) {
      await expect(ask(`${url}?sslmode=${mode}&sslrootcert=${encoded(wrong.caFile)}`)).rejects.toThrow();
    }
    await expect(ask(`${url}?sslmode=verify-full&sslrootcert=system`)).rejects.toThrow();
  });

  test('a certificate that is not trusted is a database away, not a fault of an event', async () => {
    await offer(right);
    const failure = await ask(`${url}?sslmode=verify-full`).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(Error);
    expect(isTransient(failure)).toBe(true);
    const wrongName = `${url}?sslmode=verify-full&sslrootcert=${encoded(wrong.caFile)}`;
    expect(isTransient(await ask(wrongName).catch((error: unknown) => error))).toBe(true);
  });

  test('verify-full wants the name of the host, verify-ca does not', async () => {
    await offer(wrong);
    const ca = `sslrootcert=${encoded(wrong.caFile)}`;
    expect(await ask(`${url}?sslmode=verify-ca&${ca}`)).toBe(true);
    await expect(ask(`${url}?sslmode=verify-full&${ca}`)).rejects.toThrow();
  });

  test('sslmode=require tells a server without TLS nothing', async () => {
    const plainUrl = await createTestDatabase();
    const target = new URL(plainUrl);
    const { port, bytesSent } = await recorded(Number(target.port));
    const recordedUrl = plainUrl.replace(`:${target.port}/`, `:${port}/`);
    expect(await ask(`${recordedUrl}?sslmode=prefer`)).toBe(false);
    const before = bytesSent().length;
    await expect(ask(`${recordedUrl}?sslmode=require`)).rejects.toThrow();
    expect(bytesSent().slice(before)).not.toContain(target.username);
  });
});

describe('Redis', () => {
  const ask = async (url: string, connectTimeout = 2000) => {
    const redis = new Redis({
      ...readRedisUrl(url),
      lazyConnect: true,
      retryStrategy: () => null,
      sentinelRetryStrategy: () => null,
      connectTimeout,
    });
    const errors: Error[] = [];
    redis.on('error', (error: Error) => errors.push(error));
    try {
      await redis.connect();
      return await redis.ping();
    } catch (error) {
      throw errors[0] ?? error;
    } finally {
      redis.disconnect();
    }
  };
  const SECURED = [`requirepass ${PASSWORD}`];

  test('rediss:// connects with the authority of the certificate, and tells no other the password', async () => {
    const [tls, elsewhere, plain] = await Promise.all([
      startRedisWith(SECURED, right),
      startRedisWith(SECURED, wrong),
      startRedisWith(SECURED, null),
    ]);
    for (const child of [tls, elsewhere, plain]) track(child);
    const urlOf = (port: number, words: string) => `rediss://:${PASSWORD}@127.0.0.1:${port}/0?${words}`;
    const ca = ({ caFile }: Certificates) => `ssl_ca_certs=${encoded(caFile)}`;
    expect(await ask(urlOf(tls.port, ca(right)))).toBe('PONG');
    expect(await ask(urlOf(elsewhere.port, `${ca(wrong)}&ssl_check_hostname=false`))).toBe('PONG');
    expect(await ask(urlOf(elsewhere.port, 'ssl_cert_reqs=none'))).toBe('PONG');
    await expect(ask(urlOf(tls.port, ca(wrong)))).rejects.toThrow();
    await expect(ask(urlOf(tls.port, ''))).rejects.toThrow();
    await expect(ask(urlOf(elsewhere.port, ca(wrong)))).rejects.toThrow();
    const { port, bytesSent } = await recorded(plain.port);
    await expect(ask(urlOf(port, ca(right)), 200)).rejects.toThrow();
    expect(bytesSent()).not.toContain(PASSWORD);
  });

  test('sentinels have a password of their own', async () => {
    const server = track(await startRedisWith(SECURED, null));
    const sentinel = track(
      await startRedisWith(
        [
          'requirepass sentinel-password',
          `sentinel monitor ecs 127.0.0.1 ${server.port} 1`,
          `sentinel auth-pass ecs ${PASSWORD}`,
        ],
        null,
      ),
    );
    const url = `redis+sentinel://:${PASSWORD}@127.0.0.1:${sentinel.port}/ecs`;
    expect(await ask(`${url}?sentinel_password=sentinel-password`)).toBe('PONG');
    await expect(ask(url)).rejects.toThrow();
  });
});
