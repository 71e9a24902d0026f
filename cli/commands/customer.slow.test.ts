import { expect, test } from 'bun:test';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { eventually } from '../../tests/harness/engines.ts';
import { createCli } from '../../tests/cli/harness.ts';
import { useSystem } from '../../tests/harness/system.ts';

// needs: redis

/** The commands of a customer and of an operator, run as they are typed, against a whole system. */
const PASSWORD = 'a long passphrase';
const system = useSystem({ split: false });

const { start, ecs, data: json } = createCli({ args: () => ['--data-dir', system().dataDir] });

test('a customer registers and logs in; the password comes from file, stdin or environment', async () => {
  expect((await ecs(['analyze'])).code).toBe(4);
  const refused = await ecs(['register', 'ada@example.com']);
  expect(refused.code).toBe(2);
  expect(refused.stderr).toContain('ECS_PASSWORD');

  const registered = await ecs(['register', 'ada@example.com'], { env: { ECS_PASSWORD: PASSWORD } });
  expect(registered.code).toBe(0);
  expect((await ecs(['register', 'ada@example.com', '--password-stdin'], { stdin: PASSWORD })).code).toBe(6);
  expect((await ecs(['login', 'ada@example.com', '--password-stdin'], { stdin: 'wrong' })).code).toBe(4);

  const passwordFile = join(system().dataDir, 'password');
  writeFileSync(passwordFile, `${PASSWORD}\n`);
  const loggedIn = await ecs(['login', 'ada@example.com', '--password-file', passwordFile, '--json']);
  expect(loggedIn.code).toBe(0);
  expect(Object.keys(JSON.parse(loggedIn.stdout).data)).toEqual(['email', 'userId', 'expiresAt']);
});

test('events go in, an offer comes out, is accepted, and its notification is seen live', async () => {
  const watcher = start(['notifications', 'watch', '--json']);
  const file = join(system().dataDir, 'transactions.ndjson');
  writeFileSync(file, Array.from({ length: 60 }, () => '{"amount": 150}\n').join(''));
  expect((await ecs(['transactions', 'import', file])).stdout).toContain('60 accepted, 0 rejected');
  const send = [
    'emotions',
    'send',
    '--type',
    'calm',
    '--positivity',
    '0.9',
    '--intensity',
    '0.3',
    '--stress',
    '0.1',
  ];
  expect((await ecs(send)).code).toBe(0);

  const approved = await eventually('approved', async () => {
    const analysis = await json<{ approved: boolean; offer: { offer_id: string } | null }>(['analyze']);
    return analysis.offer;
  });
  const offer = await json<{ status: string }>(['offers', 'accept', approved.offer_id, '--wait']);
  expect(offer.status).toBe('active');
  expect((await json<{ total: number }>(['offers', 'list'])).total).toBe(1);
  expect((await ecs(['offers', 'show', crypto.randomUUID()])).code).toBe(3);

  const reader = watcher.stdout.getReader();
  const { value } = await reader.read();
  expect(JSON.parse(new TextDecoder().decode(value)).data.offer_id).toBe(approved.offer_id);
  watcher.kill('SIGINT');
  expect(await watcher.exited).toBe(0);
}, 30_000);

test('consents are given and withdrawn by purpose, and listed with their texts and times', async () => {
  expect((await ecs(['consents', 'give', 'emotion_capture'])).code).toBe(2);
  expect((await ecs(['consents', 'give', 'everything', '--text', '1'])).code).toBe(2);
  expect((await ecs(['consents', 'withdraw', 'offers'])).code).toBe(2);
  const consentGiven = await ecs(['consents', 'give', 'emotion_capture', '--text', '2026-11']);
  expect(consentGiven.stdout).toContain('emotion_capture is given, text 2026-11');
  expect(await json(['consents', 'withdraw', 'emotion_capture'])).toMatchObject({
    granted: false,
    text_version: '2026-11',
  });
  const { items } = await json<{ items: { purpose: string; granted: boolean | null }[] }>(['consents', 'ls']);
  expect(items.map(({ purpose, granted }) => [purpose, granted])).toEqual([
    ['emotion_capture', false],
    ['emotion_scoring', null],
    ['offers', null],
  ]);
  await ecs(['consents', 'give', 'emotion_capture', '--text', '2026-11']);
}, 30_000);

interface Shown {
  id: string;
  jurisdiction: string | null;
  exposure: number;
  exposure_max: number | null;
  policy: { version: string; active_for: string; emotion_effect: string };
  limits: { offer_id: string; status: string; credit_limit: number; closed_reason: string | null }[];
  decisions: { analysis_id: string; approved: boolean; credit_limit: number; reasons: string[] }[];
}

test('an operator sees what a customer has and why; a closed limit is no part of it any more', async () => {
  const shown = await json<Shown>(['customers', 'show', 'ADA@example.com']);
  const [limit] = shown.limits;
  expect(shown).toMatchObject({
    jurisdiction: null,
    exposure: limit?.credit_limit,
    exposure_max: 10_000,
    policy: { version: 'v1', active_for: '*', emotion_effect: 'help_only' },
    limits: [{ status: 'active', closed_reason: null }],
  });
  expect(shown.decisions[0]).toMatchObject({
    approved: true,
    credit_limit: limit?.credit_limit,
    reasons: [],
  });

  const offerId = limit?.offer_id ?? '';
  expect((await ecs(['offers', 'close', offerId, '--reason', 'bored'])).code).toBe(2);
  for (let turn = 0; turn < 2; turn += 1) {
    const closed = await json<{ status: string }>(['offers', 'close', offerId, '--reason', 'withdrawn']);
    expect(closed.status).toBe('closed');
  }
  expect((await ecs(['offers', 'list'])).stdout).toMatch(new RegExp(`${offerId}\\s+closed`));

  expect((await ecs(['trace', offerId])).stdout).toContain(`offer ${offerId} closed: withdrawn`);

  const after = await json<Shown>(['customers', 'show', shown.id]);
  expect(after.exposure).toBe(0);
  expect(after.limits).toMatchObject([{ offer_id: offerId, status: 'closed', closed_reason: 'withdrawn' }]);
  const table = await ecs(['customers', 'show', shown.id]);
  expect(table.stdout).toContain('exposure      0.00 of at most 10000.00');
  expect(table.stdout).toContain('withdrawn');
  expect((await ecs(['customers', 'show', crypto.randomUUID()])).code).toBe(3);
  expect((await ecs(['customers', 'show', 'nobody@example.com'])).code).toBe(3);
}, 30_000);

test('wrong input is a usage error, and an import names file and line', async () => {
  const send = [
    'emotions',
    'send',
    '--type',
    'calm',
    '--positivity',
    '2',
    '--intensity',
    '0',
    '--stress',
    '0',
  ];
  expect((await ecs(send)).code).toBe(2);
  expect((await ecs(['transactions', 'send', '--amount', '1.234'])).code).toBe(2);
  const keyed = ['transactions', 'send', '--idempotency-key', 'order-17', '--amount'];
  const [first, again] = [await ecs([...keyed, '5']), await ecs([...keyed, '5.00'])];
  expect([again.code, again.stdout]).toEqual([0, first.stdout]);
  const reused = await ecs([...keyed, '6']);
  expect(reused.code).not.toBe(0);
  expect(reused.stderr).toContain('came with another body before');
  expect((await ecs(['emotions', 'import', '/not/there'])).code).toBe(3);

  const lines = '{"amount": 1}\n\nnot json\n{"amount": 0.001}\n';
  const imported = await ecs(['transactions', 'import', '-'], { stdin: lines });
  expect(imported.code).toBe(1);
  expect(imported.stdout).toContain('1 accepted, 2 rejected');
  expect(imported.stderr).toContain('-:3: is not valid JSON');
  expect(imported.stderr).toContain('-:4: /amount');
});

test('a system that is not there is said in one line with what to do', async () => {
  const nowhere = await ecs(['login', 'a@example.com', '--url', 'http://localhost:1'], {
    env: { ECS_PASSWORD: PASSWORD },
  });
  expect(nowhere.code).toBe(5);
  expect(nowhere.stderr).toMatch(/try: ecs .*status/);
});

test('a dead letter is listed with its cause and without its payload, replayed and dropped', async () => {
  const unknownUser = ['--user', crypto.randomUUID()];
  const send = [
    'emotions',
    'send',
    '--type',
    'calm',
    '--positivity',
    '1',
    '--intensity',
    '0',
    '--stress',
    '0',
  ];
  expect((await ecs([...send, ...unknownUser])).code).toBe(0);
  const listed = () => json<{ id: number; code: string; payload: string }[]>(['dead-letters', 'ls']);
  const first = await eventually('the event is dead-lettered', async () => (await listed())[0]);
  expect(first.code).toBe('unknown_user');
  expect(first.payload).not.toContain('calm');
  expect((await ecs(['dead-letters', 'show', String(first.id), '--payload'])).stdout).toContain('calm');

  expect((await ecs(['dead-letters', 'replay'])).code).toBe(2);
  expect((await ecs(['dead-letters', 'replay', '--all', '--dry-run'])).stdout).toContain('would replay');
  expect((await ecs(['dead-letters', 'replay', '--code', 'unknown_user'])).code).toBe(0);
  // It comes back: the user is still unknown.
  const again = await eventually('the event is dead-lettered again', async () =>
    (await listed()).find(({ id }) => id !== first.id),
  );
  expect((await ecs(['dead-letters', 'drop', String(again.id)])).code).toBe(2);
  expect((await ecs(['dead-letters', 'drop', String(again.id), '--reason', 'a test'])).code).toBe(0);
  expect(await listed()).toEqual([]);
  const dropped = await json<{ id: number; reason: string; by: string }[]>(['dead-letters', 'dropped']);
  expect(dropped).toMatchObject([{ id: again.id, reason: 'a test', by: expect.stringContaining('@') }]);
  const forgotten = await ecs(['dead-letters', 'show', String(again.id)]);
  expect(forgotten.code).toBe(3);
  expect(forgotten.stderr).toContain('a test');
}, 30_000);

test('the breaker is closed', async () => {
  expect(await json<object[]>(['breaker'])).toMatchObject([{ part: 'credit', state: 'closed', failures: 0 }]);
});
