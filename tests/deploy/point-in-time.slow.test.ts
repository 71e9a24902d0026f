import { expect, test } from 'bun:test';
import { chownSync, mkdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import postgres from 'postgres';
import { ensurePrograms } from '../../deploy/local/engines/install.ts';
import { startPostgres, unprivilegedUser } from '../../deploy/local/engines/postgres.ts';
import { type Child, identityOf } from '../../deploy/local/processes/child.ts';
import { freePort } from '../../deploy/local/processes/ports.ts';
import { startSystem, type System } from '../../deploy/local/stack/system.ts';
import { EcsClient } from '../../sdk/index.ts';
import { createCli } from '../cli/harness.ts';
import { eventually, temporaryFolder } from '../harness/engines.ts';
import { storeOffer } from '../harness/offers.ts';
import { bearer, type Customer, emotionOf, json, newCustomer } from '../harness/system.ts';

// needs: pgBasebackup

/** Pastes the commands of docs/operations/backup.md, and recovers the database under running services. */
const LONG_MS = 120_000;
const DOCUMENT = join(import.meta.dir, '..', '..', 'docs', 'operations', 'backup.md');
const SECTION = /^## Any moment$(.*?)^## /ms;

/** The blocks of commands: of each night, of a recovery, and of the steps after it. */
function commandsOfDocument(): string[] {
  const [, section = ''] = SECTION.exec(readFileSync(DOCUMENT, 'utf8')) ?? [];
  return [...section.matchAll(/^```sh$(.*?)^```$/gms)].map(([, block = '']) => block);
}

/** A PostgreSQL server of its own user's, as somebody would run it beside ECS. */
async function startServer() {
  const owner = unprivilegedUser();
  const programs = ensurePrograms(['postgres', 'initdb', 'pgBasebackup']);
  const dataDir = temporaryFolder();
  const folderOf = (name: string) => {
    const folder = join(dataDir, name);
    mkdirSync(folder, { mode: 0o700 });
    if (owner) chownSync(folder, owner.uid, owner.gid);
    return folder;
  };
  if (owner) chownSync(dataDir, owner.uid, owner.gid);
  const start = () =>
    startPostgres({
      program: programs.postgres ?? '',
      initdb: programs.initdb ?? '',
      password: 'test',
      port,
      dataDir,
      logFile: join(dataDir, 'postgresql.log'),
    });
  const port = await freePort();
  let running: Child & { url: string } = await start();
  const { url } = running;
  const folders = {
    ARCHIVE: folderOf('archive'),
    BACKUP: folderOf('backup'),
    PGDATA: join(dataDir, 'postgresql'),
  };
  return {
    url,
    async start() {
      running = await start();
    },
    stop: (signal: 'SIGINT' | 'SIGQUIT') => running.stop(signal, 10_000),
    paste(commands: string, env: Record<string, string> = {}) {
      const path = `${dirname(programs.pgBasebackup ?? '')}:${process.env.PATH}`;
      const { exitCode, stderr } = Bun.spawnSync(['sh', '-ec', commands], {
        cwd: '/',
        env: { PATH: path, DATABASE_URL: url, ...folders, ...env },
        ...identityOf(owner),
      });
      expect([exitCode, stderr.toString()]).toEqual([0, expect.any(String)]);
    },
  };
}

/** A customer's requests. */
function customerOf(system: System, customer: Customer) {
  const headers = () => ({ ...bearer(customer), 'idempotency-key': crypto.randomUUID() });
  return {
    ...customer,
    post: (path: string) => fetch(system.url + path, json('', headers())),
    withdraw: () =>
      fetch(`${system.url}/v1/users/${customer.id}/consents/offers`, {
        ...json({ granted: false, text_version: '1' }, bearer(customer)),
        method: 'PUT',
      }),
    sendEmotion: () =>
      fetch(
        `${system.url}/v1/emotions/stream`,
        json(emotionOf(customer.id), { 'x-internal-key': system.internalKey }),
      ),
  };
}

test.each(['promote', 'pause'])(
  'a database that is recovered to an earlier moment by %s goes on as after a dump, and nobody misses what comes',
  async (action) => {
    const [nightly = '', recovery = '', afterwards = ''] = commandsOfDocument();
    const server = await startServer();
    const [settings = '', backup = ''] = nightly.split(/^# restart .*$/m);
    server.paste(settings);
    await server.stop('SIGINT');
    await server.start();
    const { url } = server;
    const system = await startSystem({
      dataDir: temporaryFolder(),
      port: 0,
      split: false,
      given: { databaseUrl: url },
    });
    const sql = postgres(url, { max: 2, onnotice: () => {} });
    try {
      const ann = customerOf(system, await newCustomer(system.url));
      const bob = customerOf(system, await newCustomer(system.url));
      const countOf = async (table: string) =>
        Number((await sql`select count(*) from ${sql(table)}`)[0]?.count);
      const stored = (table: string, count: number) =>
        eventually(`${count} in ${table}`, async () => (await countOf(table)) === count, 20_000);
      /** Accepts an offer, and waits until the customer has been notified. */
      const acceptOffer = async () => {
        const before = await countOf('notifications');
        const offerId = await storeOffer(sql, ann.id);
        expect((await ann.post(`/v1/credit-offers/${offerId}/accept`)).status).toBe(202);
        await stored('notifications', before + 1);
        await sql`update credit_limits set status = 'closed', closed_at = now() where id = ${offerId}`;
      };
      server.paste(backup);
      await bob.sendEmotion();
      await stored('emotional_events', 1);
      await acceptOffer();
      const [moment] = await sql`select clock_timestamp()::text as text`;

      const positions: number[] = [];
      const closing = new AbortController();
      const client = new EcsClient({ baseUrl: system.url, token: ann.token });
      const following = (async () => {
        const { signal } = closing;
        for await (const { position } of client.notifications.subscribe(ann.id, { signal }))
          positions.push(position);
      })();
      await acceptOffer();
      await acceptOffer();
      await eventually('the client has seen them', () => positions.length === 3);
      const analyze = () => bob.post(`/v1/users/${bob.id}/credit-analysis`);
      const { analysis_id: lostId } = (await (await analyze()).json()) as { analysis_id: string };
      await bob.sendEmotion();
      await stored('emotional_events', 2);
      expect((await ann.withdraw()).status).toBe(200);
      // A change that is lost with the database before it was published cannot be brought back.
      await eventually('the withdrawal is published', async () => {
        const unsent = await sql`select from outbox where sent_at is null`;
        return unsent.length === 0;
      });
      const leaver = customerOf(system, await newCustomer(system.url));

      await server.stop('SIGQUIT');
      server.paste(recovery.replace('= promote', `= ${action}`), { MOMENT: String(moment?.text) });
      await server.start();
      if (action === 'pause') {
        await eventually('the moment is reached', async () => (await countOf('notifications')) === 1);
        expect((await analyze()).status).toBe(503);
        expect((await bob.sendEmotion()).status).toBe(202);
        await sql`select pg_wal_replay_resume()`;
      }
      await eventually('it takes writes', async () => {
        const [row] = await sql`select pg_is_in_recovery() as "isRecovering"`;
        return row?.isRecovering === false;
      });
      const [reset = ''] = afterwards.split(/^ecs migrate$/m);
      server.paste(reset);

      const analysis = await eventually('analyses are made again', async () => {
        const response = await analyze();
        return response.status === 200 && ((await response.json()) as { analysis_id: string });
      });
      expect(analysis.analysis_id).not.toBe(lostId);
      expect((await leaver.post(`/v1/users/${leaver.id}/credit-analysis`)).status).toBe(404);
      await eventually(
        'the consent is withdrawn again',
        async () => {
          const rows = await sql`select from consents where user_id = ${ann.id} and not granted`;
          return rows.length === 1;
        },
        60_000,
      );
      for (let round = 0; round < 3; round += 1) await acceptOffer();
      await eventually('the client has seen those that came after', () => positions.length === 6);
      expect(positions).toEqual([1, 2, 3, 100_001, 100_002, 100_003]);
      closing.abort();
      await following;

      const cli = createCli({ args: ['--data-dir', system.dataDir] });
      for (const line of afterwards
        .split('\n')
        .filter((text) => /^ecs (migrate|events|audit|dead-letters)/.test(text))) {
        const [words = ''] = line.slice('ecs '.length).split(' #');
        const args = words
          .trim()
          .replace(/--since \S+/, `--since ${new Date(Date.now() - LONG_MS).toISOString()}`);
        const parts = [...args.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, bare]) => quoted ?? bare ?? '');
        const { code, stderr } = await cli.ecs(parts);
        expect([words, code, code === 0 ? '' : stderr]).toEqual([words, 0, '']);
      }
      await stored('emotional_events', action === 'pause' ? 3 : 2);
      await eventually('what the database has forgotten is dead-lettered by name', async () => {
        const letters = await cli.data<{ code: string }[]>(['dead-letters', 'ls']);
        return letters.filter(({ code }) => code === 'offer_not_accepted').length === 2;
      });
    } finally {
      await sql.end({ timeout: 1 });
      system.kill();
      await system.stop();
      await server.stop('SIGQUIT');
    }
  },
  LONG_MS,
);
