import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { nkeys } from 'nats';
import type { Child } from '../../deploy/local/processes/child.ts';
import { type Certificates, makeCertificates } from '../../tests/harness/certificates.ts';
import { eventually, startEngine, temporaryFolder } from '../../tests/harness/engines.ts';
import { natsTls, offerTls, startNatsWith, startRedisWith } from '../../tests/harness/tls-engines.ts';
import { connectPostgres } from '../data/connect-postgres.ts';
import { connectBroker } from '../messaging/broker-transport.ts';
import { connectionOptions } from '../messaging/bus-connection.ts';
import { readRedisUrl } from './redis.ts';

// needs: postgresql, nats, redis, openssl

const children: Child[] = [];
afterAll(() => Promise.all(children.map((child) => child.stop('SIGKILL', 1000))));
const track = <Started extends Child>(child: Started): Started => {
  children.push(child);
  return child;
};

/** Of one authority before its renewal, and of another after it. */
let former: Certificates;
let latter: Certificates;
beforeAll(() => {
  former = makeCertificates('DNS:localhost,IP:127.0.0.1');
  latter = makeCertificates('DNS:localhost,IP:127.0.0.1');
});

/** The files that a URL names, and how to renew them. */
function makeFiles() {
  const folder = temporaryFolder();
  const paths = { ca: join(folder, 'ca.pem'), cert: join(folder, 'cert.pem'), key: join(folder, 'key.pem') };
  const write = ({ caFile, certFile, keyFile }: Certificates) => {
    copyFileSync(caFile, paths.ca);
    copyFileSync(certFile, paths.cert);
    copyFileSync(keyFile, paths.key);
  };
  write(former);
  return { ...paths, renew: () => write(latter) };
}

const wordsOf = (words: Record<string, string>) => new URLSearchParams(words).toString();

describe('a connection that is opened again has the files of this moment', () => {
  test('to PostgreSQL', async () => {
    const { url } = await startEngine('postgresql');
    await offerTls(url, former);
    const files = makeFiles();
    const words = { sslmode: 'verify-full', sslrootcert: files.ca, sslcert: files.cert, sslkey: files.key };
    const sql = connectPostgres(`${url}?${wordsOf(words)}`, { max: 1, name: 'test', connectSeconds: 5 });
    const pidOf = async () => (await sql<{ pid: number }[]>`select pg_backend_pid() as pid`)[0]?.pid;
    const pid = await eventually('the certificate is offered', pidOf);
    await offerTls(url, latter);
    files.renew();
    await sql`select pg_terminate_backend(${pid})`.catch(() => {});
    const renewed = await eventually('a connection', pidOf);
    expect(renewed).not.toBe(pid);
    await sql.end();
  });

  test('to NATS', async () => {
    const nats = track(await startNatsWith([natsTls(former)]));
    const files = makeFiles();
    const words = { tls_ca_file: files.ca, tls_cert_file: files.cert, tls_key_file: files.key };
    const url = `tls://127.0.0.1:${nats.port}?${wordsOf(words)}`;
    const connection = await connectBroker(connectionOptions(url, 'test'));
    nats.reload([natsTls(latter)]);
    await eventually('the reload', () => nats.readLog().includes('Reloaded server configuration'));
    files.renew();
    await connection.reconnect();
    await eventually('a connection', () => connection.flush().then(() => true));
    await connection.close();
  });

  test('to NATS, with the seed of an nkey', async () => {
    const keys = [nkeys.createUser(), nkeys.createUser()] as const;
    const userOf = (key: (typeof keys)[number]) =>
      `authorization { users: [{ nkey: ${key.getPublicKey()} }] }`;
    const nats = track(await startNatsWith([userOf(keys[0])]));
    const seedFile = join(temporaryFolder(), 'seed');
    const write = (key: (typeof keys)[number]) => writeFileSync(seedFile, key.getSeed());
    write(keys[0]);
    const url = `nats://127.0.0.1:${nats.port}?${wordsOf({ nkey_seed_file: seedFile })}`;
    const connection = await connectBroker(connectionOptions(url, 'test'));
    nats.reload([userOf(keys[1])]);
    await eventually('a refusal', () => nats.readLog().includes('authentication error'));
    write(keys[1]);
    await eventually('a connection', () => connection.flush().then(() => true));
    await connection.close();
  });

  test('to Redis', async () => {
    const server = track(await startRedisWith([], former));
    const files = makeFiles();
    const words = { ssl_ca_certs: files.ca, ssl_certfile: files.cert, ssl_keyfile: files.key };
    const redis = new Redis(readRedisUrl(`rediss://127.0.0.1:${server.port}?${wordsOf(words)}`));
    redis.on('error', () => {});
    await redis.ping();
    const { caFile, certFile, keyFile } = latter;
    const settings = ['tls-ca-cert-file', caFile, 'tls-cert-file', certFile, 'tls-key-file', keyFile];
    await redis.call('config', 'set', ...settings);
    files.renew();
    redis.disconnect(true);
    expect(await redis.ping()).toBe('PONG');
    redis.disconnect();
  });
});

test.each(['ca', 'key'] as const)(
  'files whose %s is not whole, as in the middle of a renewal, leave those before in use',
  async (name) => {
    const server = track(await startRedisWith([], former));
    const files = makeFiles();
    const words = { ssl_ca_certs: files.ca, ssl_certfile: files.cert, ssl_keyfile: files.key };
    const redis = new Redis(readRedisUrl(`rediss://127.0.0.1:${server.port}?${wordsOf(words)}`));
    redis.on('error', () => {});
    await redis.ping();
    for (const length of [100, 0]) {
      writeFileSync(files[name], readFileSync(files[name], 'utf8').slice(0, length));
      redis.disconnect(true);
      expect(await redis.ping()).toBe('PONG');
    }
    copyFileSync(latter.keyFile, files.key);
    redis.disconnect(true);
    expect(await redis.ping()).toBe('PONG');
    redis.disconnect();
  },
);

test('files that do not fit together are refused at the start, in words', () => {
  const words = { ssl_certfile: former.certFile, ssl_keyfile: latter.keyFile };
  expect(() => readRedisUrl(`rediss://h?${wordsOf(words)}`)).toThrow('a key of another certificate');
});
