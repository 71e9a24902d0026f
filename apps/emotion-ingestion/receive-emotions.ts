import { EmotionEvent } from '../../sdk/contracts/emotion.ts';
import type { Bus } from '../../platform/bus.ts';
import type { EmotionMessage } from '../../platform/events.ts';
import { createBatchReceiver, type Ingestion, receiveEvent } from '../../platform/ingest.ts';
import type { Failpoint } from '../../platform/failpoint.ts';
import type { Call } from '../../platform/service.ts';
import { readEventTime } from '../../platform/timestamp.ts';

/** Emotion events into their stream: an answer means that the broker has confirmed the event. */
export function createReceiveEmotions(deps: { bus: Bus; now: () => number; failpoint?: Failpoint }) {
  const ingestion: Ingestion<EmotionEvent, EmotionMessage> = {
    bus: deps.bus,
    ...(deps.failpoint ? { failpoint: deps.failpoint } : {}),
    topic: 'emotions',
    toMessage(event, { eventId, traceId }) {
      const at = readEventTime(event.timestamp, deps.now());
      if (typeof at === 'string') return { path: '/timestamp', message: at };
      const { type, metrics } = event.emotionEvent;
      return {
        userId: event.userId.toLowerCase(),
        timestamp: at.text,
        emotionEvent: { type: type.toWellFormed(), metrics },
        eventId,
        traceId,
      };
    },
  };
  return {
    one: async (call: Call<EmotionEvent>) => {
      const { eventId, traceId } = await receiveEvent(ingestion, call);
      return { status: 'event received' as const, traceId, eventId };
    },
    batch: createBatchReceiver(ingestion, EmotionEvent),
  };
}

export type ReceiveEmotions = ReturnType<typeof createReceiveEmotions>;
