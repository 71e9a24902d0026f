import type { Static } from '@sinclair/typebox';
import * as Type from '@sinclair/typebox';
import { LINE } from './text.ts';
import {
  BATCH_EXAMPLE,
  BatchReceived,
  Closed,
  EventStatus,
  TimeAssigned,
  Timestamp,
  UtcDate,
  Uuid,
  EventId,
} from './common.ts';
import { defineEndpoints, json, ndjson, OWNER, response } from './endpoint.ts';
import { EXAMPLE } from './examples.ts';

/** A share of the whole scale: 0 none, 1 all. */
const Metric = Type.Number({ minimum: 0, maximum: 1, description: '0 none .. 1 all' });

export const EmotionMetrics = Closed({
  positivity: Metric,
  intensity: Metric,
  stress_level: Metric,
});
export type EmotionMetrics = Static<typeof EmotionMetrics>;

export const EmotionEvent = Closed(
  {
    userId: Uuid,
    timestamp: Timestamp,
    timestampAssigned: TimeAssigned,
    emotionEvent: Closed({
      type: Type.String({
        minLength: 1,
        maxLength: 64,
        pattern: LINE,
        description: 'text without control or direction characters',
      }),
      metrics: EmotionMetrics,
    }),
    eventId: EventId,
  },
  {
    examples: [
      {
        userId: '0198f3a2-7c11-7d3e-9b53-0d6a1f2c4e8a',
        timestamp: '2026-11-23T09:30:00Z',
        emotionEvent: { type: 'calm', metrics: { positivity: 0.8, intensity: 0.3, stress_level: 0.1 } },
      },
    ],
  },
);
export type EmotionEvent = Static<typeof EmotionEvent>;

export const EmotionReceived = Closed({ status: EventStatus, traceId: Type.String(), eventId: Uuid });
export type EmotionReceived = Static<typeof EmotionReceived>;

export const SummaryQuery = Closed({
  days: Type.Optional(Type.Integer({ minimum: 1, maximum: 365, default: 30 })),
});
export type SummaryQuery = Static<typeof SummaryQuery>;

/** One UTC day of one user; the averages are weighted by events. */
export const DailySummary = Closed({
  summary_date: UtcDate,
  avg_positivity_score: Type.Number(),
  avg_intensity_score: Type.Number(),
  avg_stress_level: Type.Number(),
  stress_event_count: Type.Integer(),
  event_count: Type.Integer(),
});
export type DailySummary = Static<typeof DailySummary>;

export const EmotionSummary = Closed({
  user_id: Uuid,
  days: Type.Integer(),
  items: Type.Array(DailySummary),
});
export type EmotionSummary = Static<typeof EmotionSummary>;

export const EMOTION_ENDPOINTS = defineEndpoints({
  sendEmotion: {
    method: 'POST',
    path: '/v1/emotions/stream',
    summary: 'Send one emotion event',
    tag: 'emotions',
    auth: 'internal-or-bearer',
    scope: 'emotions:write',
    service: 'emotion-ingestion',
    priority: 'low',
    body: json(EmotionEvent),
    response: response(202, EmotionReceived, 'The event is in the stream and will be stored exactly once', {
      status: 'event received',
      traceId: EXAMPLE.traceId,
      eventId: EXAMPLE.eventId,
    }),
    problems: ['not_your_user', 'consent_missing', 'consent_withdrawn'],
  },
  sendEmotionBatch: {
    method: 'POST',
    path: '/v1/emotions/batch',
    summary: 'Send up to 1,000 emotion events, one JSON object per line',
    tag: 'emotions',
    auth: 'internal-or-bearer',
    scope: 'emotions:write',
    service: 'emotion-ingestion',
    priority: 'low',
    body: ndjson(EmotionEvent),
    response: response(
      202,
      BatchReceived,
      'The good lines are in the stream; the others are listed',
      BATCH_EXAMPLE,
    ),
    problems: ['not_your_user', 'consent_missing', 'consent_withdrawn'],
  },
  emotionSummary: {
    method: 'GET',
    path: '/v1/users/{user_id}/emotions/summary',
    summary: "The customer's emotions by day, newest first",
    tag: 'emotions',
    auth: 'bearer',
    service: 'credit',
    priority: 'normal',
    params: { user_id: OWNER },
    query: SummaryQuery,
    response: response(200, EmotionSummary, 'Daily summaries', {
      user_id: EXAMPLE.userId,
      days: 30,
      items: [
        {
          summary_date: '2026-11-23',
          avg_positivity_score: 0.8,
          avg_intensity_score: 0.3,
          avg_stress_level: 0.1,
          stress_event_count: 0,
          event_count: 1,
        },
      ],
    }),
    problems: [],
  },
});
