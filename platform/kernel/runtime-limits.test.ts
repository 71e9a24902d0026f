import { expect, test } from 'bun:test';
import { limitsBelow } from './runtime-limits.ts';

const limitsWith = (env: Record<string, string>) => limitsBelow({ fetches: 1000, files: 1 }, env).join('\n');
const ENOUGH = { BUN_CONFIG_MAX_HTTP_REQUESTS: '1000' };

test('a limit of requests below the configured one is told, and none that suffices', () => {
  expect(limitsWith({ BUN_CONFIG_MAX_HTTP_REQUESTS: '999' })).toContain('set it to 1000');
  expect(limitsWith({})).toContain('is 256');
  expect(limitsWith(ENOUGH)).toBe('');
});

test('a measure of memory that the runtime reads as a few bytes is told', () => {
  for (const measure of ['256MiB', '0', '-5', '1024']) {
    expect(limitsWith({ ...ENOUGH, BUN_JSC_forceRAMSize: measure })).toContain(
      `is ${measure}: set it to bytes`,
    );
  }
  expect(limitsWith({ ...ENOUGH, BUN_JSC_forceRAMSize: '268435456' })).toBe('');
});
