import { EmotionEvent } from '../../sdk/contracts/emotion.ts';
import { EMOTIONS } from '../../sdk/contracts/events/event-kind.ts';
import type { Bus } from '../../platform/messaging/bus.ts';
import type { EmotionMessage } from '../../platform/messaging/event-topics.ts';
import { createBatchReceiver } from '../../platform/ingestion/ingest-batch.ts';
import { responseOf, type Ingestion, receiveEvent } from '../../platform/ingestion/ingest.ts';
import type { Failpoint } from '../../platform/kernel/failpoint.ts';
import type { KeyMemory } from '../../platform/ingestion/key-memory.ts';
import type { CaptureConsents } from './capture-consents.ts';
import type { Call } from '../../platform/http/call.ts';

/** Emotion events into their stream: a response means that the broker has confirmed the event. */
export function createReceiveEmotions(deps: {
  bus: Bus;
  memory: KeyMemory;
  now: () => number;
  failpoint?: Failpoint;
  consents: CaptureConsents;
}) {
  const { consents } = deps;
  const ingestion: Ingestion<EmotionEvent, EmotionMessage> = {
    ...deps,
    ...EMOTIONS,
    topic: 'emotions',
    consentProblemOf: consents.consentProblemOf,
  };
  const receiveBatch = createBatchReceiver(ingestion, EmotionEvent);
  return {
    single: async (call: Call<EmotionEvent>) => {
      if (!consents.isLoaded()) await consents.loaded();
      const { message, isReplay } = await receiveEvent(ingestion, call);
      const { eventId, traceId } = message;
      return responseOf({ status: 'event received', traceId, eventId }, isReplay);
    },
    batch: async (call: Call) => {
      if (!consents.isLoaded()) await consents.loaded();
      return receiveBatch(call);
    },
  };
}

export type ReceiveEmotions = ReturnType<typeof createReceiveEmotions>;
