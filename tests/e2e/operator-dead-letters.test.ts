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
  const response = await fetch(
    `${system().url}/v1/emotions/stream`,
    json(emotionOf(userId), { 'x-internal-key': system().internalKey }),
  );
  expect(response.status).toBe(202);
  return eventually('it is dead-lettered', async () => {
    const { items } = await api.deadLetters.list({ stream: 'emotions', limit: 1000 });
    return items.at(-1)?.id;
  });
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
