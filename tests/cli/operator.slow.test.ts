import { beforeAll, describe, expect, test } from 'bun:test';
import { chmodSync } from 'node:fs';
import { join } from 'node:path';
import { eventually } from '../harness/engines.ts';
import { freeze } from '../harness/freeze.ts';
import { type Customer, json, newCustomer, useSystem } from '../harness/system.ts';
import { createCli, envelopeOf } from './harness.ts';

/** The commands of an operator on a running system, once by its data folder and once by its addresses. */
interface Entry {
  at: string;
  where: string;
  what: string;
  details: Record<string, unknown>;
}
interface Trace {
  kind: string;
  userIds: string[];
  entries: Entry[];
  notes: string[];
}

const system = useSystem({ isPrivate: true, split: false });
let here: ReturnType<typeof createCli>;
let ada: Customer;
beforeAll(async () => {
  here = createCli({ args: ['--data-dir', system().dataDir] });
  ada = await newCustomer(system().url);
}, 90_000);

/** Each attempt is a process of its own, and the machine may be slow. */
const soon = <T>(what: string, attempt: () => Promise<T | false | null>) => eventually(what, attempt, 30_000);

const asAda = () => ({ env: { ECS_TOKEN: ada.token } });
const wheres = ({ entries }: Trace) => entries.map(({ where }) => where);
const inOrder = ({ entries }: Trace) =>
  expect(entries.map(({ at }) => at)).toEqual(entries.map(({ at }) => at).toSorted());

describe('trace', () => {
  test('an event is followed from its request over stream and consumer to its row, by any of its ids', async () => {
    const requestId = Bun.randomUUIDv7();
    const body = { userId: ada.id, amount: 123.45 };
    const response = await fetch(
      `${system().url}/v1/transactions`,
      json(body, { authorization: `Bearer ${ada.token}`, 'x-request-id': requestId.toUpperCase() }),
    );
    const { eventId } = (await response.json()) as { eventId: string };
    const byEvent = await soon('it is stored and acknowledged', async () => {
      const trace = await here.data<Trace>(['trace', eventId]);
      return (
        trace.entries.some(({ what }) => what.includes('acknowledged by transaction-processing')) && trace
      );
    });
    expect(byEvent).toMatchObject({ kind: 'event', userIds: [ada.id], notes: [] });
    expect(wheres(byEvent)).toEqual(['database', 'gateway', 'stream', 'database']);
    inOrder(byEvent);
    const [, gateway, message, row] = byEvent.entries;
    expect(gateway?.details.requestId).toBe(requestId);
    expect(message?.details).toMatchObject({
      stream: 'transactions',
      sequence: expect.any(Number),
      events: 1,
    });
    expect(row?.details).toMatchObject({ eventId, userId: ada.id });
    expect(JSON.stringify(byEvent)).not.toContain('123.45');

    const byRequest = await here.data<Trace>(['trace', requestId, '--payload']);
    expect(byRequest.kind).toBe('request');
    expect(byRequest.entries.map(({ at }) => at)).toEqual(byEvent.entries.map(({ at }) => at));
    expect(JSON.stringify(byRequest)).toContain('123.45');
    expect((await here.data<Trace>(['trace', requestId.replaceAll('-', '')])).entries).toHaveLength(4);
  });

  test('an offer is traced from its analysis to its notification, by offer, analysis and accepting request', async () => {
    for (let n = 0; n < 5; n += 1) {
      await here.ecs(['transactions', 'send', '--amount', '200'], asAda());
    }
    const { offer, analysis_id } = await soon('approved', async () => {
      const analysis = await here.data<{ analysis_id: string; offer: { offer_id: string } | null }>(
        ['analyze'],
        asAda(),
      );
      return analysis.offer && { offer: analysis.offer, analysis_id: analysis.analysis_id };
    });
    const requestId = Bun.randomUUIDv7();
    await fetch(`${system().url}/v1/credit-offers/${offer.offer_id}/accept`, {
      method: 'POST',
      headers: { authorization: `Bearer ${ada.token}`, 'x-request-id': requestId },
    });
    const story = await soon('the whole story', async () => {
      const trace = await here.data<Trace>(['trace', offer.offer_id]);
      // The approval and the notification; without a challenger only denials are published as decisions.
      return trace.entries.filter(({ where }) => where === 'stream').length === 2 && trace;
    });
    inOrder(story);
    const whats = story.entries.map(({ what }) => what).join('\n');
    for (const step of ['offered', 'accepted', 'active', 'PubAck #', 'notification 1 of the user']) {
      expect(whats).toContain(step);
    }
    expect(whats).toMatch(/credits #\d+; acknowledged by credit-application/);
    for (const id of [analysis_id, requestId]) {
      const same = await here.data<Trace>(['trace', id]);
      expect(same.entries.map(({ what }) => what)).toEqual(story.entries.map(({ what }) => what));
    }
    const user = await here.data<Trace>(['trace', ada.email, '--limit', '3']);
    expect(user.kind).toBe('user');
    expect(user.notes[0]).toContain('transactions in all');
  }, 30_000);

  test('a denial is traced from its request to its notification, by analysis and notification', async () => {
    const bare = await newCustomer(system().url);
    const { analysis_id } = await here.data<{ analysis_id: string }>(['analyze'], {
      env: { ECS_TOKEN: bare.token },
    });
    const story = await soon('the denial is notified', async () => {
      const trace = await here.data<Trace>(['trace', analysis_id]);
      return trace.entries.filter(({ where }) => where === 'stream').length === 2 && trace;
    });
    inOrder(story);
    const whats = story.entries.map(({ what }) => what).join('\n');
    expect(whats).toMatch(/decisions #\d+; acknowledged by credit-application/);
    expect(whats).toContain('notification 1 of the user: Your credit application was denied');
    const notification = story.entries.find(({ details }) => details.notificationId)?.details;
    expect(notification).toMatchObject({ offerId: null, analysisId: analysis_id });
    const same = await here.data<Trace>(['trace', String(notification?.notificationId)]);
    expect(same.entries.map(({ what }) => what)).toEqual(story.entries.map(({ what }) => what));
  }, 60_000);

  test('a dead letter is found by the id that its sender got, and an unknown id is exit code 3', async () => {
    const metrics = ['--type', 'calm', '--positivity', '1', '--intensity', '0', '--stress', '0'];
    const unknownUser = Bun.randomUUIDv7();
    const sending = ['emotions', 'send', ...metrics, '--user', unknownUser];
    const { eventId } = await here.data<{ eventId: string }>(sending);
    const report = await soon('dead-lettered', async () => {
      const { stdout } = await here.ecs(['trace', eventId]);
      return stdout.includes('unknown_user') && stdout;
    });
    expect(report).toMatch(/stream\s+emotions #\d+/);
    expect(report).toMatch(
      /dead-letters\s+emotions #\d+ line 1 dead-lettered after one delivery, unknown_user/,
    );
    expect(report).not.toContain('NaN');
    const nothing = await here.ecs(['trace', Bun.randomUUIDv7()]);
    expect(nothing).toMatchObject({ code: 3, stdout: '' });
  });
});

test('tail shows the events of one user alone, without payloads, and ends at its limit', async () => {
  const tail = ['events', 'tail', '--json', '--limit', '2', '--user', ada.id];
  const watching = here.start([...tail, '--stream', 'emotions', 'transactions']);
  const bruno = await newCustomer(system().url);
  const send = async (customer: Customer) => {
    const env = { ECS_TOKEN: customer.token };
    await here.ecs(['transactions', 'send', '--amount', '77.77'], { env });
  };
  let ended = false;
  void watching.exited.then(() => (ended = true));
  await soon('two of hers', async () => {
    await send(bruno);
    await send(ada);
    return ended;
  });
  expect(await watching.exited).toBe(0);
  const text = await new Response(watching.stdout).text();
  const lines = text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line).data);
  expect(lines).toMatchObject([
    { stream: 'transactions', userId: ada.id },
    { stream: 'transactions', userId: ada.id },
  ]);
  expect(text).not.toContain('77.77');
});

interface Week {
  events: number;
  before: { analysis_id: string; ml_risk_score: number; reasons: { code: string }[] };
  after: { analysis_id: string; ml_risk_score: number; reasons: { code: string }[] };
  emotionEffect: {
    effect: string;
    basis: string;
    scoreWith: number | null;
    scoreWithout: number;
    outcome: string;
  };
  chain: Trace;
}

test('a triggered week of stress raises the risk score with emotions, harms nobody, and shows its chain', async () => {
  const week = await here.data<Week>(['trigger', 'stressful-week']);
  expect(week.events).toBe(21);
  expect(week.after.analysis_id).not.toBe(week.before.analysis_id);
  const { emotionEffect, before, after } = week;
  expect(emotionEffect).toMatchObject({ effect: 'help_only', basis: 'twin' });
  expect(emotionEffect.scoreWith).toBeGreaterThan(before.ml_risk_score);
  expect(emotionEffect.scoreWithout).toBe(before.ml_risk_score);
  expect(emotionEffect.outcome).toContain('help_only leaves them out');
  expect(after.ml_risk_score).toBe(before.ml_risk_score);
  expect(after.reasons).toEqual(before.reasons);
  expect(wheres(week.chain)).toContain('stream');
});

test('a week of stress of a customer in the EU is stored, and no analysis reads it', async () => {
  const dora = { email: 'dora@example.com', password: ada.password, jurisdiction: 'DE' };
  await fetch(`${system().url}/v1/auth/register`, json(dora));
  await here.ecs(['login', dora.email], { env: { ECS_PASSWORD: dora.password } });
  const week = await here.data<Week>(['trigger', 'stressful-week', '--as', dora.email]);
  expect(week.after.analysis_id).toBe(week.before.analysis_id);
  expect(week.emotionEffect).toMatchObject({ effect: 'off', basis: 'twin', scoreWith: null });
});

test('an outage of the model that is interrupted leaves the model as it was', async () => {
  const outage = here.start(['trigger', 'model-outage']);
  const { url = '' } = await soon('the breaker is open', async () => {
    const breakers = await here.data<{ state: string }[]>(['breaker']);
    return breakers.some(({ state }) => state === 'open') && { url: system().state().modelUrl };
  });
  outage.kill('SIGINT');
  expect(await outage.exited).toBe(130);
  const behavior = await (await fetch(`${url}/control`)).json();
  expect(behavior).toMatchObject({ failureRate: 0, mode: 'scorecard' });
  const doctor = await here.ecs(['doctor']);
  expect(doctor.code).toBe(0);
  expect(doctor.stdout).toContain('note: credit: breaker: open');
});

describe('doctor', () => {
  test('names each fault with its remedy, and is a health check', async () => {
    const there = createCli({ env: { ECS_URL: system().url } });
    expect(await there.ecs(['doctor'])).toEqual({ code: 0, stdout: '', stderr: '' });
    expect(await here.ecs(['doctor', '--health', '-q'])).toMatchObject({ code: 0, stderr: '' });
    const opsUrl =
      system()
        .state()
        .children.find(({ opsUrl }) => opsUrl)?.opsUrl ?? '';
    const container = createCli({ env: { OPS_PORT: new URL(opsUrl).port } });
    expect(await container.ecs(['doctor', '--health'])).toMatchObject({ code: 0, stderr: '' });
    const dead = createCli({ env: { OPS_PORT: '1' } });
    expect(await dead.ecs(['doctor', '--health'])).toMatchObject({ code: 1, stderr: '' });
    expect((await createCli().ecs(['doctor', '--health'])).code).toBe(1);

    const broken = await there.ecs(['doctor', '--json'], {
      env: { DATABASE_URL: 'postgres://nobody:wrong@localhost:1/none' },
    });
    expect(broken.code).toBe(1);
    const { checks } = envelopeOf(broken).data as { checks: { check: string; state: string }[] };
    const problems = checks.filter(({ state }) => state === 'problem').map(({ check }) => check);
    expect(problems).toEqual(['database']);
  }, 30_000);

  test('sees engines that are frozen, and says how to wake each', async () => {
    const engines = system()
      .state()
      .children.filter(({ kind }) => kind === 'engine');
    const pids = engines.flatMap(({ pid }) => pid ?? []);
    pids.forEach(freeze);
    try {
      const { code, stdout } = await here.ecs(['doctor']);
      expect(code).toBe(1);
      for (const [check, name] of [
        ['database', 'postgresql'],
        ['broker', 'nats'],
        ['cache', 'redis'],
      ]) {
        const pid = engines.find((engine) => engine.name === name)?.pid;
        const line = new RegExp(`^${check}: .*started by ecs up \\(pid ${pid}\\) -> kill -CONT ${pid}$`, 'm');
        expect(stdout).toMatch(line);
      }
    } finally {
      for (const pid of pids) process.kill(pid, 'SIGCONT');
    }
    await soon('all is well again', async () => (await here.ecs(['doctor'])).code === 0);
  }, 90_000);

  test('sees a token that others can read', async () => {
    const env = { ECS_PASSWORD: ada.password };
    await here.ecs(['login', ada.email], { env });
    const file = join(system().dataDir, 'credentials.json');
    chmodSync(file, 0o644);
    const diagnosis = await here.ecs(['doctor']);
    expect(diagnosis.code).toBe(1);
    expect(diagnosis.stdout).toContain(`${file}: can be read by others -> chmod 600 ${file}`);
    chmodSync(file, 0o600);
  });
});

test('every command works on a remote system by its addresses alone', async () => {
  const { url, databaseUrl, natsUrl } = system();
  const opsUrl =
    system()
      .state()
      .children.find(({ opsUrl }) => opsUrl)?.opsUrl ?? '';
  const env = {
    ECS_URL: url,
    DATABASE_URL: databaseUrl,
    NATS_URL: natsUrl,
    ECS_OPS_URLS: opsUrl,
    ECS_MODEL_URL: system().state().modelUrl ?? '',
    ECS_TOKEN: ada.token,
  };
  const there = createCli({ env });
  const status = await there.data<{ services: { name: string; ready: boolean }[] }>(['status']);
  expect(status.services).toHaveLength(12);
  expect(status.services.every(({ ready }) => ready)).toBe(true);
  for (const words of [
    ['offers', 'list'],
    ['notifications', 'list'],
    ['breaker'],
    ['dead-letters', 'ls'],
    ['dead-letters', 'dropped'],
    ['trace', ada.id],
    ['migrate'],
    ['retention', '--dry-run'],
    ['events', 'tail', '--since', '1h', '--limit', '1'],
    ['events', 'reprocess', '--since', '1h', '--dry-run'],
    ['trigger'],
  ]) {
    expect({ words, code: (await there.ecs([...words, '--json'])).code }).toEqual({ words, code: 0 });
  }
  const bare = createCli({ env: { ECS_URL: url } });
  for (const words of [['trace', ada.id], ['dead-letters', 'ls'], ['events', 'tail'], ['migrate']]) {
    expect({ words, code: (await bare.ecs(words)).code }).toEqual({ words, code: 2 });
  }
}, 30_000);

test('a reader that has seen enough ends a command without a failure', async () => {
  const main = join(import.meta.dir, '..', '..', 'cli', 'main.ts');
  const tail = `${process.execPath} ${main} events tail --since 1h --data-dir ${system().dataDir}`;
  const piped = Bun.spawn(['bash', '-c', `${tail} 2>/dev/null | head -1; echo "\${PIPESTATUS[0]}"`]);
  const lines = new Response(piped.stdout).text();
  // The command learns that its reader has gone when it writes the next event.
  await soon('the command ends', async () => {
    const event = json({ userId: ada.id, amount: 1 }, { authorization: `Bearer ${ada.token}` });
    await fetch(`${system().url}/v1/transactions`, event);
    return piped.exitCode !== null;
  });
  expect((await lines).trim().split('\n').at(-1)).toBe('0');
});
