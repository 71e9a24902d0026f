import { describe, expect, test } from 'bun:test';
import type { FeatureVector } from '../risk-model.ts';
import { createAskModel, isAboutVectors, ModelRejection, type PostToModel } from './ask-model.ts';

const settings = { protocol: 'ecs', name: null, version: null, score: null, input: null } as const;
const VECTOR: FeatureVector = {
  transaction_count_30d: 12,
  avg_transaction_value_30d: 80.5,
  avg_positivity_7d: 0.5,
  stress_events_30d: 0,
};
const vectors = (count: number) => Array.from({ length: count }, () => VECTOR);
const PREDICTION = { risk_score: 0.4, model_version: 'm' };
const respond = (status: number, body: unknown = PREDICTION) => ({ status, text: JSON.stringify(body) });

/** A model that responds as the function says; each body that it got. */
function setUp(post: (body: { instances?: unknown[] }, signal?: AbortSignal) => ReturnType<PostToModel>) {
  const bodies: { instances?: unknown[] }[] = [];
  let singleNotes = 0;
  const ask = createAskModel({
    settings,
    post: (body, signal) => {
      bodies.push(body as object);
      return post(body as object, signal);
    },
    onSingle: () => (singleNotes += 1),
  });
  return { ask, bodies, singleNotes: () => singleNotes };
}

/** Lets everything go on that waits for nothing but its turn. */
async function turns(): Promise<void> {
  for (let turn = 0; turn < 5; turn += 1) await new Promise(setImmediate);
}

/** Takes one vector a call. */
const takesOne = async ({ instances }: { instances?: unknown[] }) => respond(instances ? 422 : 200);

test.each([
  [400, true],
  [499, true],
  [399, false],
  [500, false],
  [201, false],
])('a response of %d is a rejection of the request: %p', async (status, isRejection) => {
  const error = await setUp(async () => respond(status))
    .ask([VECTOR])
    .catch((thrown: unknown) => thrown);
  expect([error instanceof Error, error instanceof ModelRejection]).toEqual([true, isRejection]);
  expect((error as Error).message).toBe(`the model returned ${status}`);
});

test('a rejection is about the vectors, unless its status says otherwise', () => {
  const of = (status: number) => isAboutVectors(new ModelRejection(status));
  expect([400, 402, 406, 409, 413, 422, 430].filter((status) => !of(status))).toEqual([]);
  expect([401, 403, 404, 405, 408, 429].filter(of)).toEqual([]);
  expect(isAboutVectors(new Error('the model returned 500'))).toBe(false);
});

describe('a model', () => {
  test('is asked nothing about no vector, about one alone, about several in one call', async () => {
    const { ask, bodies } = setUp(async ({ instances }) =>
      respond(200, instances ? { predictions: instances.map(() => PREDICTION) } : PREDICTION),
    );
    expect(await ask([])).toEqual([]);
    expect(bodies).toEqual([]);
    expect(await ask([VECTOR])).toEqual([PREDICTION]);
    expect(await ask(vectors(2))).toEqual([PREDICTION, PREDICTION]);
    expect(bodies as unknown[]).toEqual([VECTOR, { instances: vectors(2) }]);
  });

  test('that rejects several and takes one is asked one by one from then on, and it is told once', async () => {
    const { ask, bodies, singleNotes } = setUp(takesOne);
    const [first, second] = await Promise.all([ask(vectors(2)), ask(vectors(3))]);
    expect([first?.length, second?.length]).toEqual([2, 3]);
    expect(singleNotes()).toBe(1);
    bodies.length = 0;
    expect(await ask(vectors(2))).toHaveLength(2);
    expect(bodies as unknown[]).toEqual(vectors(2));
  });

  test('that rejects one as well, or for another cause, is asked about several again', async () => {
    for (const [status, calls] of [
      [422, 3],
      [429, 1],
    ] as const) {
      const { ask, bodies, singleNotes } = setUp(async () => respond(status));
      await expect(ask(vectors(2))).rejects.toThrow(`${status}`);
      await turns();
      expect(bodies).toHaveLength(calls);
      await expect(ask(vectors(2))).rejects.toThrow(`${status}`);
      expect(bodies[calls]).toHaveProperty('instances');
      expect(singleNotes()).toBe(0);
    }
  });

  test('is asked about no vector after the end of the question', async () => {
    const { ask, bodies } = setUp(takesOne);
    const signal = AbortSignal.abort(new Error('its time is over'));
    await expect(ask([VECTOR], { signal })).rejects.toThrow('its time is over');
    expect(bodies).toEqual([]);
  });
});

describe('in the background', () => {
  /** Holds the responses of a model until they are let go; counts those under way. */
  async function setUpHeld() {
    const held: (() => void)[] = [];
    const model = setUp(async (body, signal) => {
      if (body.instances) return respond(422);
      await new Promise<void>((resolve, reject) => {
        held.push(resolve);
        signal?.addEventListener('abort', () => reject(new Error('ended')));
      });
      return respond(200);
    });
    const first = model.ask(vectors(2));
    await turns();
    held.splice(0).forEach((letGo) => letGo());
    await first;
    return { ...model, held };
  }

  const background = { isBackground: true };

  test('at most 8 vectors are under way, also after they are done', async () => {
    const { ask, held } = await setUpHeld();
    for (let round = 0; round < 3; round += 1) {
      const response = ask(vectors(20), background);
      await turns();
      const counts: number[] = [];
      while (held.length > 0) {
        counts.push(held.length);
        held.splice(0).forEach((letGo) => letGo());
        await turns();
      }
      expect(counts).toEqual([8, 8, 4]);
      expect(await response).toHaveLength(20);
    }
    const decision = ask(vectors(20));
    await turns();
    expect(held).toHaveLength(20);
    held.splice(0).forEach((letGo) => letGo());
    await decision;
  });

  test('after the failure of one vector no other is asked about', async () => {
    let calls = 0;
    const { ask } = setUp(async ({ instances }) => {
      if (instances) return respond(422);
      calls += 1;
      return respond(calls > 2 ? 500 : 200);
    });
    await ask(vectors(2));
    await expect(ask(vectors(20), background)).rejects.toThrow('500');
    await turns();
    expect(calls).toBe(2 + 8);
  });

  test('a question whose time is over leaves the queue, and takes nobody with it', async () => {
    const { ask, held } = await setUpHeld();
    const ends = [new AbortController(), new AbortController()];
    const full = ask(vectors(8), background);
    const leaving = ask([VECTOR], { ...background, signal: ends[0]!.signal });
    const entering = ask([VECTOR], { ...background, signal: ends[1]!.signal });
    const queued = ask(vectors(2), background);
    await turns();
    ends[0]!.abort(new Error('its time is over'));
    await expect(leaving).rejects.toThrow('its time is over');
    held.shift()?.();
    await turns();
    // It has a place by now: its end is the model's to see, and no place of the queue's.
    ends[1]!.abort(new Error('its time is over'));
    await expect(entering).rejects.toThrow('ended');
    for (let round = 0; round < 3; round += 1) {
      held.splice(0).forEach((letGo) => letGo());
      await turns();
    }
    expect(await full).toHaveLength(8);
    expect(await queued).toHaveLength(2);
  });

  test('a question whose time was over before waits for no place', async () => {
    const { ask, held } = await setUpHeld();
    const full = ask(vectors(8), background);
    const signal = AbortSignal.abort(new Error('its time is over'));
    const late = ask([VECTOR], { ...background, signal });
    expect(await Promise.race([late.catch(() => 'ended'), Bun.sleep(1000)])).toBe('ended');
    held.splice(0).forEach((letGo) => letGo());
    await full;
  });
});

describe('predictions of one question', () => {
  const versionsOf = async (versions: string[], question = {}) => {
    const remaining = [...versions];
    const { ask, bodies } = setUp(async ({ instances }) =>
      instances ? respond(422) : respond(200, { risk_score: 0.4, model_version: remaining.shift() ?? 'new' }),
    );
    const versionsTold = (await ask(vectors(2), question)).map(({ model_version }) => model_version);
    return { told: versionsTold, calls: bodies.length - 1 };
  };

  test('are of one version: a model that is being replaced is asked again', async () => {
    expect(await versionsOf(['old', 'old'])).toEqual({ told: ['old', 'old'], calls: 2 });
    expect(await versionsOf(['old', 'new', 'new', 'new'])).toEqual({ told: ['new', 'new'], calls: 4 });
    expect(await versionsOf(['old', 'new', 'new', 'old'])).toEqual({ told: ['new', 'new'], calls: 6 });
  });

  test('are those of two versions where one is never got, as of a model of several parts', async () => {
    const versions = ['old', 'new', 'new', 'old', 'old', 'new'];
    expect(await versionsOf(versions)).toEqual({ told: ['old', 'new'], calls: 6 });
  });

  test('that no customer waits for, or that came in one response, are taken as they are', async () => {
    expect(await versionsOf(['old', 'new'], { isBackground: true })).toEqual({
      told: ['old', 'new'],
      calls: 2,
    });
    const predictions = ['thin', 'thick'].map((model_version) => ({ risk_score: 0.4, model_version }));
    const { ask, bodies } = setUp(async () => respond(200, { predictions }));
    expect((await ask(vectors(2))).map(({ model_version }) => model_version)).toEqual(['thin', 'thick']);
    expect(bodies).toHaveLength(1);
  });
});
