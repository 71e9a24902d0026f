import { expect, test } from 'bun:test';
import { networks } from '../../platform/kernel/config.ts';
import { createMetrics } from '../../platform/kernel/metrics.ts';
import { createAddressReader } from './client-address.ts';

test('an X-Forwarded-For from an untrusted peer is counted, and warned of once; from a proxy it is not', async () => {
  const countOf = async (peer: string, trusted: string | undefined, forwardedFor?: string) => {
    const metrics = createMetrics();
    const warnings: string[] = [];
    const log = { warn: (_fields: object, text: string) => void warnings.push(text) };
    const readAddress = createAddressReader({
      peers: { of: () => peer },
      trusted: networks()(trusted),
      log: log as never,
      metrics,
    });
    const headers = new Headers(forwardedFor === undefined ? [] : [['x-forwarded-for', forwardedFor]]);
    for (let time = 0; time < 3; time += 1) readAddress(new Request('http://ecs/', { headers }));
    const counted = /^ecs_untrusted_forwarded_total (\d+)$/m.exec(await metrics.scrape())?.[1];
    return { counted: Number(counted), warnings };
  };
  const unnamed = await countOf('10.0.0.9', undefined, '203.0.113.7');
  expect(unnamed.counted).toBe(3);
  expect(unnamed.warnings).toEqual([expect.stringContaining('TRUSTED_PROXIES')]);
  expect(await countOf('198.51.100.1', '10.0.0.0/8', '203.0.113.7')).toMatchObject({ counted: 3 });
  expect(await countOf('::ffff:10.0.0.9', '10.0.0.0/8', '203.0.113.7')).toEqual({ counted: 0, warnings: [] });
  expect(await countOf('10.0.0.9', undefined)).toEqual({ counted: 0, warnings: [] });
});
