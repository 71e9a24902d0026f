import { describe, expect, test } from 'bun:test';
import type { EcsError } from '../../sdk/index.ts';
import { eventually } from '../harness/engines.ts';
import { clientOf, registerCustomer, useSystems } from './systems.ts';

/** Consents, the same in the fake that partners test with and in the real system. */
const systems = useSystems();

const calm = { type: 'calm', metrics: { positivity: 0.9, intensity: 0.4, stress_level: 0.1 } };

const codeOf = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => 'taken',
    (error: unknown) => (error as EcsError).code,
  );

for (const name of ['fake', 'real'] as const) {
  describe(`consents in the ${name} system`, () => {
    const system = systems[name];

    test('are given and withdrawn with their texts, and seen by their customer alone', async () => {
      const [ada, eve] = [await registerCustomer(system()), await registerCustomer(system())];
      const { consents, customers } = ada.ecs;
      const unsaid = { granted: null, text_version: null, given_at: null, withdrawn_at: null };
      expect(await consents.get(ada.id, 'offers')).toEqual({ purpose: 'offers', ...unsaid });
      const consent = await consents.give(ada.id, 'offers', 'text-1');
      expect(consent).toMatchObject({ granted: true, text_version: 'text-1', withdrawn_at: null });
      expect(await consents.give(ada.id, 'offers', 'text-1')).toEqual(consent);
      const withdrawn = await consents.withdraw(ada.id, 'offers', 'text-1');
      expect(withdrawn).toMatchObject({ granted: false, given_at: consent.given_at });
      expect((await customers.get(ada.id)).consents).toEqual({ offers: withdrawn });
      expect(await codeOf(eve.ecs.consents.get(ada.id, 'offers'))).toBe('user_not_found');
      expect(await codeOf(eve.ecs.consents.give(ada.id, 'offers', '1'))).toBe('user_not_found');
      expect(await codeOf(consents.get(ada.id, 'marketing' as never))).toBe('purpose_not_found');
      expect(await codeOf(consents.give(ada.id, 'offers', ''))).toBe('invalid_request');
    });

    test('to the capture of emotions: a withdrawal takes effect within a second, for one event and a line', async () => {
      const { id: userId, ecs } = await registerCustomer(system());
      const { id: otherId } = await registerCustomer(system());
      const platform = clientOf(system(), { internalKey: system().internalKey });
      const event = { userId, emotionEvent: calm };
      expect(await codeOf(ecs.emotions.send(event))).toBe('taken');
      const refused = (send: typeof ecs) => async () =>
        (await codeOf(send.emotions.send(event))) === 'consent_withdrawn';
      const obeyedMs: number[] = [];
      // A busy machine is late once, and not each time.
      for (let round = 0; round < 3; round += 1) {
        await ecs.consents.give(userId, 'emotion_capture', '1');
        await eventually('events are taken again', async () => !(await refused(ecs)()));
        await ecs.consents.withdraw(userId, 'emotion_capture', '1');
        const withdrawnMs = performance.now();
        await eventually('ingestion refuses the customer', refused(ecs));
        await eventually('ingestion refuses the platform', refused(platform));
        obeyedMs.push(performance.now() - withdrawnMs);
      }
      expect(Math.min(...obeyedMs)).toBeLessThan(1000);
      const { accepted, rejected } = await platform.emotions.sendBatch([
        event,
        { userId: otherId, emotionEvent: calm },
      ]);
      expect([accepted, rejected.map(({ line, code }) => [line, code])]).toEqual([
        1,
        [[1, 'consent_withdrawn']],
      ]);
      expect(await codeOf(platform.emotions.sendBatch([event, event]))).toBe('consent_withdrawn');
      await ecs.consents.give(userId, 'emotion_capture', '2');
      await eventually('events are taken again', async () => !(await refused(ecs)()));
    });

    test('to offers and to the scoring of emotions count in the next analysis', async () => {
      const { id: userId, ecs } = await registerCustomer(system());
      expect(await codeOf(ecs.analyses.create(userId))).toBe('taken');
      await ecs.consents.withdraw(userId, 'offers', '1');
      expect(await codeOf(ecs.analyses.create(userId))).toBe('consent_withdrawn');
      await ecs.consents.give(userId, 'offers', '1');
      await ecs.consents.withdraw(userId, 'emotion_scoring', '1');
      const { analysis_id } = await ecs.analyses.create(userId);
      expect((await ecs.analyses.get(analysis_id)).emotion_effect).toBe('off');
    });
  });
}
