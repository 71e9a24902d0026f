import { describe, expect, test } from 'bun:test';
import { reportOf, runScript } from './harness.ts';

/** Failures at places where nothing of the script waits end the test, or the iteration; never unseen. */
const STYLES = [
  ['workers', 'function'],
  ['event loop', 'async function'],
] as const;

describe.each(STYLES)('in %s', (style, keyword) => {
  test('every value can be thrown, and each ends its iteration with an error', async () => {
    const { report, value, stderr } = await reportOf(
      `export const options = { vus: 1, iterations: 9 };
       const bad = (name) => Object.defineProperty(new Error('m'), name, { get() { throw new Error('no'); } });
       const ring = {};
       ring.ring = ring;
       const VALUES = [undefined, null, 1n, Symbol('sign'), () => 1, ring, bad('stack'), bad('message'),
         Object.assign(new Error('numbered'), { stack: 5 })];
       export default ${keyword} run() { throw VALUES[__ITER]; }`,
    );
    expect(report.style).toBe(style);
    expect(value('iterations')).toBe(9);
    expect(stderr.match(/^ERRO/gm)).toHaveLength(9);
    expect(stderr).toContain('every iteration threw an error (9 of 9)');
    for (const text of ['undefined', 'Symbol(sign)', 'Error: numbered']) expect(stderr).toContain(text);
  });
});

test.each(['() => 1', "Symbol('x')", '{}'])(
  'a tag of a check that is %s ends its iteration by its name',
  async (tag) => {
    const { value, stderr } = await reportOf(
      `import { check } from 'k6';
     export default function () { check(1, { one: () => true }, { sign: ${tag} }); }`,
    );
    expect(value('iterations')).toBe(1);
    expect(stderr).toContain('tag "sign": only String, Boolean and Number types are accepted');
  },
);

test('init code that throws for a user from the reserve ends the test', async () => {
  const { code, stderr } = await runScript(
    `import { sleep } from 'k6';
     export const options = { scenarios: { a: {
       executor: 'constant-arrival-rate', rate: 20, duration: '20s', preAllocatedVUs: 1, maxVUs: 5 } } };
     if (__VU > 1) throw new Error('no user from the reserve');
     export default function () { sleep(0.3); }`,
  );
  expect(code).toBe(107);
  expect(stderr).toContain('] Error: no user from the reserve');
});
