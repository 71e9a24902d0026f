import { expect, test } from 'bun:test';
import { symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { createCli, envelopeOf } from '../../tests/cli/harness.ts';
import { DEFAULT_DATA_DIR } from '../config/context.ts';
import { createTestDatabase, eventually, temporaryFolder } from '../../tests/harness/engines.ts';
import { useSystem } from '../../tests/harness/system.ts';

/** The commands on the audit log, run as they are typed, against a whole system. */
const system = useSystem({ split: false });
const { ecs, data } = createCli({ args: () => ['--data-dir', system().dataDir] });

interface Report {
  acts: { linked: number; waiting: number };
  decisions: { linked: number };
  anchors: number;
  faults: number;
}

test('the address of its own database alone brings the anchors of its broker, and another brings none', async () => {
  // The local system of the folder where the command runs, which no flag names.
  const cwd = temporaryFolder();
  symlinkSync(system().dataDir, join(cwd, DEFAULT_DATA_DIR));
  const reportOf = (databaseUrl: string) =>
    createCli().data<Report>(['audit', 'verify'], { cwd, env: { DATABASE_URL: databaseUrl } });
  const own = system().state().databaseUrl;
  await eventually('its anchors are read', async () => (await reportOf(own)).anchors > 0);
  expect((await reportOf(await createTestDatabase())).anchors).toBe(0);
}, 60_000);

test('a decision and its acts are listed, verified, and proved by a folder', async () => {
  const withPassword = { env: { ECS_PASSWORD: 'a long passphrase' } };
  await ecs(['register', 'ada@example.com'], withPassword);
  await ecs(['login', 'ada@example.com'], withPassword);
  const line = JSON.stringify({ amount: 200 });
  await ecs(['transactions', 'import', '-'], { stdin: `${line}\n`.repeat(60) });
  const { offer, analysisId } = await eventually('approved', async () => {
    const analysis = await data<{ offer: { offer_id: string } | null; analysis_id: string }>(['analyze']);
    return analysis.offer && { offer: analysis.offer, analysisId: analysis.analysis_id };
  });
  expect((await ecs(['offers', 'accept', offer.offer_id, '--wait'])).code).toBe(0);
  const acts = await data<{ act: string; actor_kind: string }[]>([
    'audit',
    'ls',
    '--subject',
    offer.offer_id,
  ]);
  expect(acts).toMatchObject([{ act: 'offer.accept', actor_kind: 'customer' }]);
  expect((await ecs(['audit', 'ls', '--act', 'policy'])).stdout).toContain('policy.activate');
  const report = await eventually('both chains are anchored', async () => {
    const verified = await data<Report>(['audit', 'verify']);
    return verified.acts.waiting === 0 && verified.decisions.linked > 0 && verified.anchors > 0 && verified;
  });
  expect(report.faults).toBe(0);

  const folder = join(system().dataDir, 'evidence');
  const wrote = await data<{ files: string[] }>(['audit', 'evidence', analysisId, '--out', folder]);
  expect(wrote.files).toContain('verify.mjs');
  const verified = Bun.spawnSync(['node', join(folder, 'verify.mjs')]);
  expect(verified.stdout.toString()).toContain(`the decision ${analysisId} is the one that was linked`);
  expect(verified.exitCode).toBe(0);
  expect((await ecs(['audit', 'evidence', analysisId, '--out', folder])).code).toBe(2);
  expect((await ecs(['audit', 'evidence', crypto.randomUUID()])).code).toBe(3);

  await system().sql`update audit_log set reason = 'another' where subject_id = ${offer.offer_id}`;
  const differs = await ecs(['audit', 'verify', '--json']);
  expect(differs.code).toBe(1);
  expect(envelopeOf(differs)).toMatchObject({
    error: { code: 'audit_differs' },
    data: { faults: 1, first: [{ chain: 'acts', path: '/private_hash' }] },
  });
}, 60_000);
