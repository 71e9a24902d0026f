import { EmotionEvent } from '../../sdk/contracts/emotion.ts';
import type { Bus } from '../../platform/messaging/bus.ts';
import type { EmotionMessage } from '../../platform/messaging/events.ts';
import { createBatchReceiver } from '../../platform/ingestion/ingest-batch.ts';
import { answerOf, type Ingestion, receiveEvent } from '../../platform/ingestion/ingest.ts';
import type { Failpoint } from '../../platform/kernel/failpoint.ts';
import type { KeyMemory } from '../../platform/ingestion/key-memory.ts';
import type { Call } from '../../platform/http/service.ts';
import { readEventTime } from '../../platform/kernel/timestamp.ts';

/** Emotion events into their stream: an answer means that the broker has confirmed the event. */
export function createReceiveEmotions(deps: {
  bus: Bus;
  memory: KeyMemory;
  now: () => number;
  failpoint?: Failpoint;
}) {
  const ingestion: Ingestion<EmotionEvent, EmotionMessage> = {
    ...deps,
    topic: 'emotions',
    toMessage(event, { eventId, traceId, atMs }) {
      const at = readEventTime(event.timestamp, atMs);
      if (typeof at === 'string') return { path: '/timestamp', message: at };
      const { type, metrics } = event.emotionEvent;
      return {
        userId: event.userId.toLowerCase(),
        timestamp: at.text,
        ...(event.timestampAssigned ? { timestampAssigned: true } : {}),
        emotionEvent: { type, metrics },
        eventId,
        traceId,
      };
    },
    contentOf({ timestamp, timestampAssigned, emotionEvent: { type, metrics } }) {
      const { positivity, intensity, stress_level } = metrics;
      return [timestampAssigned ? null : timestamp, type, positivity, intensity, stress_level];
    },
  };
  return {
    one: async (call: Call<EmotionEvent>) => {
      const { message, isReplay } = await receiveEvent(ingestion, call);
      const { eventId, traceId } = message;
      return answerOf({ status: 'event received', traceId, eventId }, isReplay);
    },
    batch: createBatchReceiver(ingestion, EmotionEvent),
  };
}

export type ReceiveEmotions = ReturnType<typeof createReceiveEmotions>;
