import { expect, test } from 'bun:test';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import shipped from '../../underwriting/policies/v1.json';
import { createCli, envelopeOf } from '../../tests/cli/harness.ts';
import { newOperator } from '../../tests/harness/operators.ts';
import { bearer, useSystem } from '../../tests/harness/system.ts';

/** The commands on policies, run as they are typed, against a whole system. */
const system = useSystem({ split: false });
const { ecs, data: json } = createCli({ args: () => ['--data-dir', system().dataDir] });

function fileOf(name: string, document: unknown): string {
  const file = join(system().dataDir, name);
  writeFileSync(file, typeof document === 'string' ? document : JSON.stringify(document));
  return file;
}

const mine = { ...shipped, version: 'mine-1', title: 'Mine', exposure_max: 5000 };

test('a new system says by which policy it decides', async () => {
  expect((await ecs(['status'])).stdout).toContain('policy v1: facts of platform and customers count');
  const rows = await json<{ version: string; state: string; active: string[] }[]>(['policy', 'ls']);
  expect(rows.map(({ version, state, active }) => [version, state, active])).toEqual([
    ['v1', 'active', ['*']],
    ['prudent-1', 'approved', []],
  ]);
  expect(await json<object>(['policy', 'show', 'v1'])).toEqual(shipped);
  const shown = (await ecs(['policy', 'show', 'v1'])).stdout;
  expect(shown).toContain('help_only (EU and EEA: off)');
  expect(shown).toContain('the first policy of a new system');
  const missing = await ecs(['policy', 'show', 'v9']);
  expect([missing.code, missing.stderr]).toEqual([
    3,
    'ecs: there is no policy v9\ntry: versions: v1, prudent-1\n',
  ]);
});

test('a shell completes the versions', async () => {
  const words = ['--data-dir', system().dataDir, 'policy', 'activate', ''];
  expect((await createCli().ecs(['__complete', ...words])).stdout).toBe('v1\t\nprudent-1\t\n');
});

test('a document is checked: every fault at once, each with its place', async () => {
  expect((await ecs(['policy', 'validate', fileOf('mine.json', mine)])).stdout).toContain('policy mine-1');
  const faulty = fileOf('faulty.json', {
    ...mine,
    exposure_max: -1,
    rules: [{ code: 'high_risk_score', deny_when: 'scor > 0.6' }],
    emotion_effect: { default: 'full', by_jurisdiction: { DE: 'full' } },
  });
  const refused = await ecs(['policy', 'validate', faulty, '--json']);
  expect(refused.code).toBe(2);
  expect(envelopeOf(refused)).toMatchObject({
    error: { code: 'invalid_policy', exitCode: 2 },
    data: {
      faults: [
        { place: '/exposure_max' },
        { place: '/rules/0/deny_when', fault: 'Unknown variable: scor' },
        { place: '/emotion_effect/by_jurisdiction/DE' },
      ],
    },
  });
  const twice = JSON.stringify(mine).replace('{', '{"exposure_max": 9,');
  const ambiguous = await ecs(['policy', 'validate', '-'], { stdin: twice });
  expect(ambiguous.stderr).toContain('standard input has a fault:\n  /exposure_max: stands twice');
  expect((await ecs(['policy', 'validate', fileOf('text.json', 'no json')])).code).toBe(2);
  expect((await ecs(['policy', 'validate', '/not/there.json'])).code).toBe(3);
});

test('a diff shows the places that differ, of versions and files', async () => {
  const file = fileOf('mine.json', mine);
  expect(await json<object[]>(['policy', 'diff', 'v1', file])).toEqual([
    { place: '/version', before: 'v1', after: 'mine-1' },
    { place: '/title', before: shipped.title, after: 'Mine' },
    { place: '/exposure_max', before: 10_000, after: 5000 },
  ]);
  expect((await ecs(['policy', 'diff', 'v1', file])).stdout).toMatch(/\/exposure_max +10000 +-> +5000/);
  expect((await ecs(['policy', 'diff', file, file])).stderr).toContain('no difference');
});

test('a policy is proposed, approved by another operator, activated and rolled back', async () => {
  const file = fileOf('mine.json', mine);
  expect((await ecs(['policy', 'add', file])).stderr).toContain('operators login NAME');
  const password = { stdin: 'a long passphrase' };
  for (const [name, ...roles] of [
    ['ada', 'risk', 'approver'],
    ['grace', 'approver'],
  ] as const) {
    const words = roles.flatMap((role) => ['--role', role]);
    await ecs(['operators', 'add', name, ...words, '--password-stdin'], password);
    expect((await ecs(['operators', 'login', name, '--password-stdin'], password)).code).toBe(0);
  }
  const as = (name: string) => ['--operator', name];
  expect((await ecs(['policy', 'add', file, ...as('grace')])).stderr).toContain('This needs the role risk.');
  expect((await ecs(['policy', 'add', file, ...as('ada')])).code).toBe(0);
  const changed = fileOf('changed.json', { ...mine, exposure_max: 6000 });
  const refused = await ecs(['policy', 'add', changed, ...as('ada')]);
  expect([refused.code, refused.stderr]).toEqual([6, expect.stringContaining('a version never changes')]);

  const propose = ['policy', 'propose', file, ...as('ada'), '--note', 'less exposure'];
  expect((await ecs(propose)).stderr).toContain('was never tested');
  const nothing = await ecs(['policy', 'test', 'mine-1', ...as('ada')]);
  expect([nothing.code, nothing.stderr]).toEqual([1, expect.stringContaining('there is nothing to test')]);
  expect((await ecs(propose)).stderr).toContain('was never tested');
  const testEmpty = ['policy', 'test', 'mine-1', '--empty'];
  const unkept = await ecs([...testEmpty, ...as('grace')]);
  expect([unkept.code, unkept.stdout]).toEqual([4, expect.stringContaining('mine-1')]);
  expect((await json<{ kept: boolean }>([...testEmpty, ...as('ada')])).kept).toBe(true);
  expect((await ecs(propose.slice(0, -2))).stderr).toContain('--note must say why');
  expect((await ecs(propose)).code).toBe(0);
  const note = ['--note', 'agreed'];
  const ownApproval = await ecs(['policy', 'approve', 'mine-1', ...as('ada'), ...note]);
  expect([ownApproval.code, ownApproval.stderr]).toEqual([
    4,
    expect.stringContaining('another operator must approve it'),
  ]);
  expect((await ecs(['policy', 'activate', 'mine-1', ...as('grace')])).code).toBe(6);
  // Grace logged in last; ECS_OPERATOR chooses as well.
  expect((await ecs(['policy', 'approve', 'mine-1', ...note], { env: { ECS_OPERATOR: 'grace' } })).code).toBe(
    0,
  );

  const activate = ['policy', 'activate', 'mine-1', ...as('grace')];
  expect((await ecs([...activate, '--jurisdiction', 'BR'])).code).toBe(2);
  expect((await ecs([...activate, '--jurisdiction', 'Brazil'])).code).toBe(2);
  const unnamed = await ecs(activate);
  expect([unnamed.code, unnamed.stderr]).toEqual([
    2,
    expect.stringContaining(
      'v1 decides for * now: name the policy that is replaced\ntry: ecs policy activate',
    ),
  ]);
  const rollout = await json<{ replicas: number; ms: number }>([...activate, '--replaces', 'v1']);
  expect(rollout).toMatchObject({
    changes: [{ jurisdiction: '*', version: 'mine-1' }],
    replicas: 1,
    late: [],
  });
  expect(rollout.ms).toBeLessThan(1000);
  expect((await ecs(['status'])).stdout).toContain('policy mine-1: facts of platform and customers count');

  const rollBack = ['policy', 'rollback', 'mine-1', ...as('grace'), '--note', 'too many flips'];
  const back = await ecs(rollBack);
  expect(back.stdout).toMatch(/^active for \*: v1\nin use by 1 replica after \d+ ms\n$/);
  expect(await ecs(rollBack)).toMatchObject({ code: 0, stderr: expect.stringContaining('active nowhere') });
  const nameless = await ecs(['policy', 'rollback', ...as('grace'), '--note', 'again']);
  expect([nameless.code, nameless.stderr]).toEqual([
    2,
    expect.stringContaining('v1 decides for *: name the'),
  ]);
  expect((await ecs(['policy', 'rollback', 'v1', ...as('grace'), '--note', 'again'])).code).toBe(6);
  const shown = (await ecs(['policy', 'show', 'mine-1', ...as('grace')])).stdout;
  expect(shown).toContain('less exposure');
  expect(shown).toEqual((await ecs(['policy', 'show', 'mine-1'])).stdout);
  const listed = await ecs(['policy', 'ls', ...as('ada')]);
  expect([listed.stderr, listed.stdout]).toEqual(['', expect.stringMatching(/mine-1 +retired +- /)]);
}, 60_000);

test('an activation replaces no policy that its operator has not named, as one that came meanwhile', async () => {
  const { token } = await newOperator(system(), ['approver']);
  const env = { ECS_OPERATOR_TOKEN: token };
  const activate = ['policy', 'activate', 'prudent-1', '--replaces'];
  expect((await ecs([...activate, 'v1'], { env })).code).toBe(0);
  expect((await ecs([...activate, 'v1'], { env })).stderr).toContain('prudent-1 is active there already');
  const late = await ecs(['policy', 'activate', 'v1', '--replaces', 'mine-1'], { env });
  expect([late.code, late.stderr]).toEqual([
    6,
    expect.stringContaining(
      `prudent-1 decides for * now, not mine-1\ntry: ecs --data-dir ${system().dataDir} policy ls\n`,
    ),
  ]);
  const rows = await json<{ version: string; active: string[] }[]>(['policy', 'ls']);
  expect(rows.find(({ version }) => version === 'prudent-1')?.active).toEqual(['*']);
  expect((await ecs(['policy', 'activate', 'v1', '--replaces', 'prudent-1'], { env })).code).toBe(0);
}, 30_000);

test('a document with a key that stands twice is refused by the API as well', async () => {
  const operator = await newOperator(system());
  const response = await fetch(`${system().url}/v1/operators/policy-drafts`, {
    method: 'POST',
    headers: { ...bearer(operator), 'content-type': 'application/json' },
    body: JSON.stringify({ document: { ...mine, version: 'mine-2' } }).replace(
      '{"version"',
      '{"title":"a","version"',
    ),
  });
  expect([response.status, await response.json()]).toMatchObject([
    422,
    { errors: [{ path: '/body/document/title', message: 'stands twice' }] },
  ]);
});
