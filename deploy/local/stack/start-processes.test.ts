import { afterAll, expect, test } from 'bun:test';
import { join } from 'node:path';
import { temporaryFolder } from '../../../tests/harness/engines.ts';
import { startChild, untilReady } from '../processes/child.ts';
import { startServices } from './start-processes.ts';
import type { Supervised } from './supervise.ts';

test('a process that ends at once at each start is told with the last words of its log', async () => {
  const logFile = join(temporaryFolder(), 'mute.log');
  const running: Supervised[] = [];
  afterAll(async () => {
    await Promise.all(running.map((supervised) => supervised.stop()));
  });
  const start = async () => {
    const command = ['sh', '-c', 'echo no such setting >&2; exit 1'];
    const child = startChild({ name: 'mute', command, logFile });
    await untilReady(child, () => Promise.resolve(false), { deadlineMs: 5000, logFile });
    return child;
  };
  const service = {
    name: 'mute',
    services: ['credit'],
    port: 1,
    opsUrl: 'http://127.0.0.1:1',
    logFile,
    start,
  };
  await expect(startServices([service], running, () => {})).rejects.toThrow(
    /ended at once.*\n.*no such setting/,
  );
});
