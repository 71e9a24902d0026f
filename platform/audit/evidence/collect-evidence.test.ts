import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import canonicalize from 'canonicalize';
import { createTestDatabase, temporaryFolder } from '../../../tests/harness/engines.ts';
import { createTestRuntime, openTestDatabase } from '../../../tests/harness/runtime.ts';
import { storeDecisions } from '../../../tests/harness/stored-decisions.ts';
import { verifyBundle as verify } from '../../../tests/harness/verify-bundle.ts';
import { connectPostgres } from '../../data/connect-postgres.ts';
import type { Database, Sql } from '../../data/sql.ts';
import { ACT_CHAIN } from '../act-chain.ts';
import { appendAct } from '../append-act.ts';
import { linkRows, selectHead } from '../link-rows.ts';
import type { Anchor } from '../start-anchors.ts';
import { insertRestore, type Restore, selectRestores } from '../restores.ts';
import { type Bundle, collectEvidence } from './collect-evidence.ts';

const runtime = createTestRuntime();
let sql: Sql;
let database: Database;
let anchors: Anchor[];
let offerId: string;
let actId: string;

beforeAll(async () => {
  const url = await createTestDatabase();
  sql = connectPostgres(url, { max: 1, name: 'credit', connectSeconds: 5 });
  database = await openTestDatabase(runtime, url);
  await storeDecisions(sql, 60);
  const [row] = await sql<{ id: string }[]>`
    select offer_id as id from credit_analyses join credit_analysis_chain on analysis_id = id
    where offer_id is not null and position between 10 and 30 limit 1`;
  offerId = row?.id ?? '';
  for (let index = 0; index < 40; index += 1) {
    await appendAct(sql, {
      actor: { kind: 'customer' },
      act: index === 20 ? 'offer.accept' : 'webhook.test',
      subject: { kind: 'offer', id: index === 20 ? offerId : crypto.randomUUID() },
      customerId: crypto.randomUUID(),
      reason: `Because of ${index}, "ação".`,
      details: { amount: 7500.25 },
    });
  }
  const [act] = await sql<{ id: string }[]>`select id from audit_log where act = 'offer.accept'`;
  actId = act?.id ?? '';
  while ((await linkRows(database, ACT_CHAIN, 10)) > 0);
  const linkAt = async (table: string, position: number) => {
    const [row] = await sql.unsafe<{ link: string }[]>(
      `select link from ${table} where position = ${position}`,
    );
    return { position, link: row?.link ?? '' };
  };
  const acts = await selectHead(database, ACT_CHAIN);
  anchors = [
    { at: '2026-11-28T12:00:00.000Z', decisions: await linkAt('credit_analysis_chain', 5), acts },
    { at: '2026-11-28T12:00:10.000Z', decisions: await linkAt('credit_analysis_chain', 40), acts },
  ];
}, 60_000);
afterAll(() => sql.end());

async function bundleOf(id: string, kept = anchors): Promise<Bundle> {
  const bundle = await collectEvidence((statement) => database.query(statement), id, {
    anchors: kept,
    madeAt: new Date('2026-11-28T12:01:00.000Z'),
  });
  if (!bundle) throw new Error(`no evidence of ${id}`);
  return bundle;
}

/** The manifest of the bundle as if it had been made without its policy. */
function manifestWithout(bundle: Bundle): string {
  const { digest: _, ...manifest } = JSON.parse(bundle['manifest.json'] ?? '') as {
    digest: string;
    files: Record<string, string>;
  };
  const files = { ...manifest.files, 'policy.json': sha256('null\n') };
  const changed = { ...manifest, files };
  return `${JSON.stringify({ ...changed, digest: sha256(canonicalize(changed) ?? '') }, null, 2)}\n`;
}

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');

/** The act of an operator's request, as each is recorded. */
const appendRequest = (id: string) =>
  appendAct(sql, {
    actor: { kind: 'operator', name: 'ada' },
    act: 'request.read',
    subject: { kind: 'evidence', id },
  });

async function restoreLost(at: string): Promise<Restore> {
  await insertRestore(sql, { operator: 'carol', note: 'a dump', lostFrom: at, lostUntil: at });
  const [restore] = await selectRestores(sql);
  if (!restore) throw new Error('no restore is on record');
  return restore;
}

describe('a bundle of evidence', () => {
  test('leaves anchors of a time that a recorded restore has lost out, and says so', async () => {
    const [, anchor] = anchors as [Anchor, Anchor];
    const stranger = { position: anchor.decisions.position, link: 'f'.repeat(64) };
    const withLost = [{ ...anchor, at: '2026-11-28T11:59:50.000Z', decisions: stranger }, ...anchors];
    expect(verify(await bundleOf(offerId, withLost)).text).toContain('NOT VALID');
    const { id } = await restoreLost('2026-11-28T11:59:50.000Z');
    const bundle = await bundleOf(offerId, withLost);
    await sql`delete from audit_log where id = ${id}`;
    await sql`delete from audit_unlinked`;
    expect(verify(bundle).code).toBe(0);
    expect(bundle['README.md']).toContain(`what they are of (act ${id} in`);
  });

  test('of an analysis, its offer or an act on it is valid by its own program', async () => {
    for (const id of [offerId, actId]) {
      const bundle = await bundleOf(id);
      const { code, text } = verify(bundle);
      expect(text).toContain('is the one that was linked at position');
      expect(text).toContain('1 anchors of anchors.json fit the chain of decisions');
      expect([code, text.trim().split('\n').at(-1)]).toEqual([0, 'valid']);
      expect(JSON.parse(bundle['acts.json'] ?? '')).toContainEqual(
        expect.objectContaining({ id: actId, subject_id: offerId }),
      );
    }
    const unknown = await collectEvidence((statement) => database.query(statement), crypto.randomUUID(), {
      anchors,
      madeAt: new Date(),
    });
    expect(unknown).toBeNull();
  });

  test('tells anchors of its reader apart that a linked restore has lost, and those of other times not', async () => {
    const [, anchor] = anchors as [Anchor, Anchor];
    const at = '2026-11-28T11:59:50.000Z';
    const stranger = { position: anchor.decisions.position, link: 'f'.repeat(64) };
    const ownFile = join(temporaryFolder(), 'own.ndjson');
    writeFileSync(ownFile, `${JSON.stringify({ ...anchor, at, decisions: stranger })}\n`);
    const { code: before, text: unexplained } = verify(await bundleOf(offerId), '--anchors', ownFile);
    expect([before, unexplained.trim().split('\n').at(-1)]).toEqual([
      1,
      'NOT VALID: 1 faults: see README.md',
    ]);
    const { id } = await restoreLost(at);
    const unlinked = verify(await bundleOf(offerId), '--anchors', ownFile);
    expect(unlinked.code).toBe(1);
    while ((await linkRows(database, ACT_CHAIN, 10)) > 0);
    const { code, text } = verify(await bundleOf(offerId), '--anchors', ownFile);
    expect(text).toContain(`as carol entered at`);
    expect(text).toContain(`(act ${id}: a dump)`);
    expect([code, text.trim().split('\n').at(-1)]).toEqual([
      0,
      'valid, but for 1 links of anchors that a restore has lost: see README.md',
    ]);
    writeFileSync(
      ownFile,
      `${JSON.stringify({ ...anchor, at: '2026-11-28T11:59:51.000Z', decisions: stranger })}\n`,
    );
    expect(verify(await bundleOf(offerId), '--anchors', ownFile).code).toBe(1);
    await sql`delete from audit_chain where act_id = ${id}`;
    await sql`delete from audit_log where id = ${id}`;
  });

  test('is of nothing that was only asked for, however often', async () => {
    const unknownId = crypto.randomUUID();
    for (let times = 0; times < 2; times += 1) await appendRequest(unknownId);
    const evidence = await collectEvidence((statement) => database.query(statement), unknownId, {
      anchors,
      madeAt: new Date(),
    });
    expect(evidence).toBeNull();
  });

  test('has every act that changed something, however many requests came before', async () => {
    const id = crypto.randomUUID();
    for (let times = 0; times < 500; times += 1) await appendRequest(id);
    await appendAct(sql, {
      actor: { kind: 'customer' },
      act: 'limit.close',
      subject: { kind: 'offer', id },
    });
    const acts = JSON.parse((await bundleOf(id))['acts.json'] ?? '') as { act: string }[];
    expect(acts).toHaveLength(500);
    expect(acts.at(-1)?.act).toBe('limit.close');
  });

  test('has its links up to the next anchor, and no id of others', async () => {
    const bundle = await bundleOf(offerId);
    const [segment] = JSON.parse(bundle['chain-decisions.json'] ?? '') as [{ links: { position: number }[] }];
    expect(segment.links.at(-1)?.position).toBe(40);
    const otherIds = await sql<{ id: string }[]>`
      select id from credit_analyses where offer_id is distinct from ${offerId}`;
    const text = `${bundle['chain-decisions.json']} ${bundle['chain-acts.json']}`;
    expect(otherIds.filter(({ id }) => text.includes(id))).toEqual([]);
  });

  test('without anchors says which link to compare', async () => {
    const { code, text } = verify(await bundleOf(offerId, []));
    expect(code).toBe(0);
    expect(text).toMatch(
      /no anchor of anchors.json is among these links of decisions; the last is 60 [0-9a-f]{64}/,
    );
  });

  test('is compared with anchors of its reader', async () => {
    const file = join(temporaryFolder(), 'mine.ndjson');
    const lines = (list: Anchor[]) =>
      writeFileSync(file, list.map((anchor) => JSON.stringify(anchor)).join('\n'));
    lines(anchors);
    expect(verify(await bundleOf(offerId), '--anchors', file).code).toBe(0);
    lines(anchors.map((anchor) => ({ ...anchor, decisions: { position: 40, link: 'f'.repeat(64) } })));
    const { code, text } = verify(await bundleOf(offerId), '--anchors', file);
    expect(code).toBe(1);
    expect(text).toContain(`${file}: the anchor of`);
  });

  test('is not verified for an argument that its program does not know', async () => {
    const bundle = await bundleOf(offerId);
    for (const args of [['--anchor', 'mine.ndjson'], ['--anchors'], ['--anchors', 'a', 'b']]) {
      const { code, text } = verify(bundle, ...args);
      expect([code, text]).toEqual([2, expect.stringContaining(`not ${args.join(' ')}`)]);
    }
  });

  test('names the file in which one byte was changed, wherever it is', async () => {
    const bundle = await bundleOf(offerId);
    for (const [name, content] of Object.entries(bundle)) {
      const places =
        name === 'verify.mjs' ? [5, 40] : [0, 0.2, 0.5, 0.8].map((at) => Math.floor(at * content.length));
      for (const at of [...places, content.length - 1]) {
        const changed = content.slice(0, at) + (content[at] === '7' ? '8' : '7') + content.slice(at + 1);
        const { code, text } = verify({ ...bundle, [name]: changed });
        expect(`${name} at ${at}: ${text}`).toMatch(
          new RegExp(`at ${at}: (?:.*\\n)*.*${name.replace('.', '\\.')}`),
        );
        expect(code, `${name} at ${at}`).not.toBe(0);
      }
    }
  }, 120_000);

  test('that was made to fit itself again no longer fits the chain', async () => {
    const bundle = await bundleOf(offerId);
    const record = JSON.parse(bundle['record.json'] ?? '');
    const row = JSON.parse(bundle['row.json'] ?? '');
    const forged = { ...record, exposure: { ...record.exposure, before: 1 } };
    const { hashOfRecord } = await import('../../../underwriting/decision/record-hash.ts');
    const rehashed = { ...row, record_hash: hashOfRecord(forged) };
    const { text } = verify({
      ...bundle,
      'record.json': JSON.stringify(forged),
      'row.json': JSON.stringify(rehashed),
    });
    expect(text).toContain('row.json: has another hash than the chain');
    expect(readFileSync(join(import.meta.dir, 'verify-bundle.mjs'), 'utf8')).not.toMatch(/from '(?!node:)/);
  });

  test('with other reasons than its record, or in other words than its policy, is not valid', async () => {
    const [denial] = await sql<{ id: string }[]>`
      select id from credit_analyses join credit_analysis_chain on analysis_id = id
      where not approved and jsonb_array_length(reasons) > 0 and position between 10 and 30 limit 1`;
    const bundle = await bundleOf(denial?.id ?? '');
    expect(verify(bundle).text).toEndWith('valid\n');
    const row = JSON.parse(bundle['row.json'] ?? '') as { reasons: { code: string; message: string }[] };
    const tell = (change: object) =>
      verify({
        ...bundle,
        'row.json': JSON.stringify({ ...row, reasons: [{ ...row.reasons[0], ...change }] }),
      });
    expect(tell({ code: 'few_friends' }).text).toContain('row.json: has other reasons than record.json');
    expect(tell({ message: 'You asked too often.' }).text).toContain(
      `row.json: tells the reason ${row.reasons[0]?.code} in other words than policy.json`,
    );
    const { text } = verify({ ...bundle, 'policy.json': 'null\n', 'manifest.json': manifestWithout(bundle) });
    expect(text).toContain('policy.json has no policy: what the decision was made by is not shown');
  });

  test('with a changed record that claims to have had no salt is not valid', async () => {
    const bundle = await bundleOf(offerId);
    const record = JSON.parse(bundle['record.json'] ?? '');
    const { eraseRecord } = await import('../../../underwriting/decision/erase-record.ts');
    const changed = { ...eraseRecord(record), approved: false, unproven: true };
    for (const forged of [{ ...record, approved: false, unproven: true }, changed]) {
      const { text } = verify({ ...bundle, 'record.json': JSON.stringify(forged) });
      expect(text).toContain('record.json: does not have its hash');
    }
    const old = { ...changed, schema: 1, private_hash: '' };
    const { text } = verify({ ...bundle, 'record.json': JSON.stringify(old) });
    expect(text).toContain(
      'record.json: has no hash, as only records from before seals do, but its link has a seal',
    );
  });
});
