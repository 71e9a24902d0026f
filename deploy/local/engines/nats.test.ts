import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, test } from 'bun:test';
import { connect } from 'nats';
import { readNatsUrl } from '../../../platform/addresses/nats.ts';
import { eventually, temporaryFolder } from '../../../tests/harness/engines.ts';
import { freePort } from '../processes/ports.ts';
import { ensurePrograms } from './install.ts';
import { natsFault, restartReason, startNats } from './nats.ts';

let ending = new AbortController();
afterEach(() => {
  ending.abort();
  ending = new AbortController();
});

const LARGE = new Uint8Array(900_000);

/** A nats-server whose files grow to 2 MB at most, as on a full disk, while the limit stands. */
function limitedProgram(dataDir: string) {
  const path = join(dataDir, 'limited-nats');
  const write = (limit: string) => {
    const program = ensurePrograms(['nats']).nats;
    writeFileSync(path, `#!/bin/sh\ntrap '' XFSZ\n${limit}\nexec ${program} "$@"\n`);
    chmodSync(path, 0o755);
  };
  write('ulimit -f 4000');
  return { path, lift: () => write('') };
}

test('a broker has to be restarted once a write has failed, and takes messages again after that', async () => {
  const dataDir = temporaryFolder();
  const { path, lift } = limitedProgram(dataDir);
  const settings = {
    program: path,
    port: await freePort(),
    dataDir,
    logFile: join(dataDir, 'nats.log'),
    password: 'test-password',
    signal: ending.signal,
  };
  const full = await startNats(settings);
  const connection = await connect({ ...readNatsUrl(full.url), maxReconnectAttempts: -1 });
  await (await connection.jetstreamManager()).streams.add({ name: 'emotions', subjects: ['emotions'] });
  const publish = () => connection.jetstream().publish('emotions', LARGE, { timeout: 1000 });
  await publish();
  expect(await natsFault(settings)).toBeNull();
  await expect(Promise.all([publish(), publish(), publish()])).rejects.toThrow('TIMEOUT');
  await eventually('the fault is told', () => natsFault(settings));
  expect(await natsFault(settings)).toBe('takes nothing for emotions since a write failed');

  lift();
  await full.stop('SIGTERM', 5000);
  await startNats(settings);
  expect(await natsFault(settings)).toBeNull();
  expect((await eventually('a message is taken', publish)).seq).toBeGreaterThan(1);
  await connection.close();
});

test.each([
  [256 * 1024 ** 2, 'takes nothing for emotions since a write failed'],
  [256 * 1024 ** 2 - 1, null],
])('with %p bytes of room on its disk the reason to restart it is %p', (freeBytes, reason) => {
  const error = "JetStream stream '$G > emotions' write error: write 4.blk: no space left on device";
  expect(restartReason({ data: { error } }, freeBytes)).toBe(reason);
});

test('a broker that is not ready for another reason is left alone', () => {
  const error = "JetStream stream '$G > emotions' could not be recovered";
  expect(restartReason({ data: { error } }, 1024 ** 4)).toBeNull();
  expect(restartReason({ data: {} }, 1024 ** 4)).toBeNull();
});
