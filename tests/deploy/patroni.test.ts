import { expect, test } from 'bun:test';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { YAML } from 'bun';

interface Settings {
  ttl: number;
  loop_wait: number;
  retry_timeout: number;
  failsafe_mode: boolean;
  synchronous_mode: boolean;
  maximum_lag_on_failover?: number;
}

const FILE = join(import.meta.dir, '..', '..', 'deploy', 'patroni', 'patroni.yaml');
const { dcs } = (YAML.parse(readFileSync(FILE, 'utf8')) as { bootstrap: { dcs: Settings } }).bootstrap;

test('a primary that cannot reach etcd has time to notice it before its lead ends', () => {
  expect(dcs.loop_wait + 2 * dcs.retry_timeout).toBeLessThanOrEqual(dcs.ttl);
});

test('a standby that has every acknowledged commit takes over, however much else the dead primary wrote', () => {
  expect([dcs.synchronous_mode, dcs.failsafe_mode]).toEqual([true, true]);
  expect(dcs.maximum_lag_on_failover).toBeGreaterThanOrEqual(2 ** 40);
});
