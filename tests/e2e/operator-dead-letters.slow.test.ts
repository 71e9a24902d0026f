import { describe, expect, test } from 'bun:test';
import { EcsOperatorClient } from '../../sdk/operators/client.ts';
import { createCli } from '../cli/harness.ts';
import { eventually } from '../harness/engines.ts';
import { newOperator } from '../harness/operators.ts';
import { emotionOf, json, useSystem } from '../harness/system.ts';

/** Dead letters as operators handle them: by the API, with their names. */
const system = useSystem({ split: false });
const clientOf = async (...roles: Parameters<typeof newOperator>[1] & object) => {
  const operator = await newOperator(system(), roles);
  return { ...operator, api: new EcsOperatorClient({ baseUrl: system().url, token: operator.token }) };
};

/** Sends an event of an unknown customer; returns the id of its dead letter. */
async function makeDeadLetter(userId = crypto.randomUUID()): Promise<string> {
  const { api } = await clientOf('viewer');
  const last = async () => {
    const { items } = await api.deadLetters.list({ stream: 'emotions', limit: 1000 });
    return Number(items.at(-1)?.id ?? 0);
  };
  const before = await last();
  const response = await fetch(
    `${system().url}/v1/emotions/stream`,
    json(emotionOf(userId), { 'x-internal-key': system().internalKey }),
  );
  expect(response.status).toBe(202);
  return eventually('it is dead-lettered', async () => {
    const id = await last();
    return id > before && String(id);
  });
}

const idsOf = (items: { id: string }[]) => items.map(({ id }) => id);

/** The ids of all pages, in their order. */
async function idsOfPages(
  read: (page: { cursor?: string }) => PromiseLike<{ items: { id: string }[]; next_cursor: string | null }>,
): Promise<string[]> {
  const ids: string[] = [];
  for (let cursor: string | null = ''; cursor !== null; ) {
    const page: Awaited<ReturnType<typeof read>> = await read(cursor === '' ? {} : { cursor });
    ids.push(...idsOf(page.items));
    cursor = page.next_cursor;
  }
  return ids;
}

describe('dead letters', () => {
  test('are listed without what is in them, which an operator alone sees', async () => {
    const userId = crypto.randomUUID();
    const id = await makeDeadLetter(userId);
    const [viewer, operator] = [await clientOf('viewer'), await clientOf('operator')];
    const { items } = await viewer.api.deadLetters.list();
    expect(items.find((letter) => letter.id === id)).toMatchObject({
      stream: 'emotions',
      code: 'unknown_user',
    });
    expect(JSON.stringify(items)).not.toContain('positivity');
    await expect(viewer.api.deadLetters.get(id)).rejects.toMatchObject({ code: 'role_missing' });
    expect((await operator.api.deadLetters.get(id)).payload).toContain(userId);
    await expect(operator.api.deadLetters.get('999999')).rejects.toMatchObject({
      code: 'dead_letter_not_found',
    });
    await expect(operator.api.deadLetters.replay({ ids: [id], code: 'x' })).rejects.toMatchObject({
      status: 422,
    });
  });

  test('are replayed, and dropped with the name of the operator and the reason', async () => {
    const id = await makeDeadLetter();
    const operator = await clientOf('operator');
    expect((await operator.api.deadLetters.replay({ ids: [id] })).items).toMatchObject([{ id }]);
    await expect(operator.api.deadLetters.get(id)).rejects.toMatchObject({ code: 'dead_letter_not_found' });
    // Its user is as unknown as before.
    const again = await eventually('it is back', async () => {
      const { items } = await operator.api.deadLetters.list({ code: 'unknown_user', limit: 1000 });
      return items.find((letter) => Number(letter.id) > Number(id))?.id;
    });
    const reason = 'a test user';
    expect((await operator.api.deadLetters.drop({ ids: [again], reason })).items).toMatchObject([
      { id: again },
    ]);
    const { items } = await operator.api.deadLetters.dropped();
    expect(items.at(-1)).toMatchObject({ id: again, by: operator.name, reason });
  });

  test('are grouped by cause, and what a replay would do is told before, without what is in them', async () => {
    const userId = crypto.randomUUID();
    const id = await makeDeadLetter(userId);
    const viewer = await clientOf('viewer');
    const { items: groups, is_complete: isComplete } = await viewer.api.deadLetters.groups();
    const { items: letters } = await viewer.api.deadLetters.list({ limit: 1000 });
    const alike = letters.filter(({ stream, code }) => stream === 'emotions' && code === 'unknown_user');
    expect(isComplete).toBe(true);
    expect(groups.find(({ stream, code }) => stream === 'emotions' && code === 'unknown_user')).toMatchObject(
      {
        count: alike.length,
        bytes: alike.reduce((sum, { bytes }) => sum + bytes, 0),
        messages: [{ message: 'there is no such user', count: alike.length }],
      },
    );
    const outcomeOf = async () => (await viewer.api.deadLetters.preview({ ids: [id] })).items;
    const [first] = await outcomeOf();
    expect(first).toMatchObject({ id, outcome: 'rejected', reason: expect.stringContaining('unknown_user') });
    expect(JSON.parse(first?.masked ?? '')).toMatchObject({
      userId: '(id)',
      emotionEvent: { type: '(text, 4 characters)', metrics: { positivity: '(number)' } },
    });
    expect(JSON.stringify(first)).not.toContain(userId);
    const { sql } = system();
    await sql`insert into users (id, email, password_hash)
      values (${userId}, ${`${userId}@example.com`}, 'x')`;
    expect(await outcomeOf()).toMatchObject([{ outcome: 'stored', reason: null }]);
    await sql`insert into consents (user_id, purpose, granted, text_version, withdrawn_at)
      values (${userId}, 'emotion_capture', false, 'v1', now())`;
    expect(await outcomeOf()).toMatchObject([
      { outcome: 'dropped', reason: expect.stringContaining('consent_withdrawn') },
    ]);
    await sql`update consents set granted = true, given_at = now(), withdrawn_at = null where user_id = ${userId}`;
    const operator = await clientOf('operator');
    await operator.api.deadLetters.replay({ ids: [id] });
    await eventually('it is stored, as was foretold', async () => {
      const [row] = await sql`select from emotional_events where user_id = ${userId}`;
      return row !== undefined;
    });
    await expect(viewer.api.deadLetters.preview({ ids: ['999999'] })).rejects.toMatchObject({
      code: 'dead_letter_not_found',
    });
    await expect(viewer.api.deadLetters.preview({ ids: [id], code: 'x' })).rejects.toMatchObject({
      status: 422,
    });
  });

  test('are listed, previewed and kept as dropped page by page, each once', async () => {
    for (let count = 0; count < 3; count += 1) await makeDeadLetter();
    const { api } = await clientOf('operator');
    const { items: listed } = await api.deadLetters.list({ limit: 1000 });
    expect(await idsOfPages((page) => api.deadLetters.list({ ...page, limit: 1 }))).toEqual(idsOf(listed));
    const filter = { stream: 'emotions', code: 'unknown_user' };
    const { next_cursor: cursor } = await api.deadLetters.list({ ...filter, limit: 1 });
    const previews = await api.deadLetters.preview({ ...filter, ...(cursor ? { cursor } : {}) });
    expect(idsOf(previews.items)).toEqual(idsOf(listed).slice(1));
    expect(previews.next_cursor).toBe(null);
    await api.deadLetters.drop({ ids: idsOf(listed).slice(0, 2), reason: 'a test' });
    const { items: dropped } = await api.deadLetters.dropped({ limit: 1000 });
    const pages = await idsOfPages((page) => api.deadLetters.dropped({ ...page, limit: 1 }));
    expect(pages).toEqual(idsOf(dropped).toReversed());
    const selection = { ids: idsOf(listed).slice(2), cursor: '1-1' };
    await expect(api.deadLetters.preview(selection)).rejects.toMatchObject({
      status: 422,
    });
  });

  test('that fail again are replayed once each by a command for all of a cause', async () => {
    for (let count = 0; count < 3; count += 1) await makeDeadLetter();
    const { token, api } = await clientOf('operator');
    const { items } = await api.deadLetters.list({ code: 'unknown_user', limit: 1000 });
    const { ecs } = createCli({ args: () => ['--data-dir', system().dataDir] });
    const command = ['dead-letters', 'replay', '--code', 'unknown_user', '--limit', '50'];
    const { stdout } = await ecs(command, { env: { ECS_OPERATOR_TOKEN: token } });
    expect(stdout.trim().split('\n')).toHaveLength(items.length);
    await eventually('they are back', async () => {
      const again = await api.deadLetters.list({ code: 'unknown_user', limit: 1000 });
      return again.items.length === items.length;
    });
  }, 30_000);

  test('are handled on the command line as the operator who is logged in', async () => {
    const id = await makeDeadLetter();
    const { ecs, data } = createCli({ args: () => ['--data-dir', system().dataDir] });
    const { name, token } = await clientOf('operator');
    const env = { ECS_OPERATOR_TOKEN: token };
    const listed = await data<{ id: string }[]>(['dead-letters', 'ls'], { env });
    expect(listed.map((letter) => letter.id)).toContain(id);
    expect((await ecs(['dead-letters', 'show', id, '--payload'], { env })).stdout).toContain('positivity');
    const dropped = await ecs(['dead-letters', 'drop', id, '--reason', 'mine'], { env });
    expect(dropped.stdout).toBe(`dropped ${id} (emotions, unknown_user): mine\n`);
    expect((await ecs(['dead-letters', 'dropped'], { env })).stdout).toContain(name);
    expect((await ecs(['dead-letters', 'show', id], { env })).stderr).toContain(`was dropped by ${name}`);
    const viewer = { ECS_OPERATOR_TOKEN: (await clientOf('viewer')).token };
    expect((await ecs(['dead-letters', 'replay', '--all'], { env: viewer })).code).toBe(
      (await data<object[]>(['dead-letters', 'ls'], { env })).length === 0 ? 0 : 4,
    );
  }, 30_000);
});
