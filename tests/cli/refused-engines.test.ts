import { afterAll, expect, test } from 'bun:test';
import { startEngine } from '../harness/engines.ts';
import { startNatsWith, startRedisWith } from '../harness/tls-engines.ts';
import { createCli, envelopeOf } from './harness.ts';

// needs: postgresql, nats, redis

const LONG_MS = 40_000;

const children: { stop(signal: NodeJS.Signals, deadlineMs: number): Promise<void> }[] = [];
afterAll(() => Promise.all(children.map((child) => child.stop('SIGKILL', 1000))));

test(
  'what an engine says to a wrong password is said, by doctor and by the command that needs it',
  async () => {
    const postgresql = await startEngine('postgresql');
    const nats = await startNatsWith(['authorization { user: u, password: right }']);
    const redis = await startRedisWith(['requirepass right'], null);
    children.push(nats, redis);
    const databaseUrl = new URL(postgresql.url);
    databaseUrl.password = 'hunter2';
    const env = {
      ECS_URL: 'http://localhost:1',
      DATABASE_URL: databaseUrl.href,
      NATS_URL: `nats://u:hunter2@127.0.0.1:${nats.port}`,
      REDIS_URL: `redis://:hunter2@127.0.0.1:${redis.port}`,
    };
    const { ecs } = createCli({ env });
    const doctor = await ecs(['doctor', '--json']);
    const { checks } = envelopeOf(doctor).data as { checks: { check: string; found: string }[] };
    const foundOf = (name: string) => checks.find(({ check }) => check === name)?.found;
    expect(foundOf('database')).toContain('password authentication failed for user "ecsuser"');
    expect(foundOf('broker')).toContain('Authorization Violation');
    expect(foundOf('cache')).toContain('WRONGPASS');
    const replay = await ecs(['events', 'reprocess', '--since', '2026-01-01T00:00:00Z', '--dry-run']);
    expect(replay.stderr).toContain('Authorization Violation');
    const retention = await ecs(['retention', '--months', '13', '--dry-run']);
    expect(retention.stderr).toContain('password authentication failed for user "ecsuser"');
    for (const { stdout, stderr } of [doctor, replay, retention])
      expect(stdout + stderr).not.toContain('hunter2');
  },
  LONG_MS,
);
