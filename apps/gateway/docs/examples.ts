import type { Static } from '@sinclair/typebox';
import type { ENDPOINTS, EndpointName } from '../../../sdk/contracts/endpoints.ts';

const ada = '0198f3a2-7c11-7d3e-9b53-0d6a1f2c4e8a';
const eventId = '0198f3a2-8d20-7b11-8a44-3c5e9f0b7d12';
const traceId = '4bf92f3577b34da6a3ce929d0e0e4736';
const offer = {
  offer_id: '0198f3a3-1f00-7c2d-9e10-6b8d4a2f5c31',
  credit_limit: 8200,
  interest_rate: 7.7,
  credit_type: 'LONG_TERM_PERSONAL_LOAN',
  expires_at: '2026-11-30T09:31:00.000Z',
} as const;
const batch = {
  accepted: 2,
  rejected: [{ line: 3, code: 'malformed_line', message: 'not valid JSON' }],
  traceId,
};

/** One answer of each endpoint, as it goes over the wire. */
export const RESPONSES: { [Name in EndpointName]: Static<(typeof ENDPOINTS)[Name]['answer']['schema']> } = {
  register: {
    id: ada,
    email: 'ada@example.com',
    created_at: '2026-11-23T09:29:00.000Z',
    updated_at: '2026-11-23T09:29:00.000Z',
  },
  login: { access_token: 'eyJhbGciOiJIUzI1NiJ9.e30.c2ln', token_type: 'bearer', expires_in: 3600 },
  sendEmotion: { status: 'event received', traceId, eventId },
  sendEmotionBatch: batch,
  sendTransaction: { status: 'event received', userId: ada, eventId },
  sendTransactionBatch: batch,
  analyzeCredit: {
    user_id: ada,
    approved: true,
    ml_risk_score: 0.18,
    offer,
    reason: null,
    reasons: [],
    analysis_id: '0198f3a3-1eff-7f0a-8b21-90c4d1e2f3a4',
    model_version: 'scorecard-1',
    policy_version: 'v1',
    replayed: false,
  },
  listOffers: {
    total: 1,
    page: 1,
    page_size: 10,
    items: [{ ...offer, status: 'offered', created_at: '2026-11-23T09:31:00.000Z', activated_at: null }],
  },
  getOffer: {
    ...offer,
    status: 'active',
    created_at: '2026-11-23T09:31:00.000Z',
    activated_at: '2026-11-23T09:32:10.000Z',
  },
  acceptOffer: { status: 'offer acceptance is being processed', offer_id: offer.offer_id },
  listNotifications: {
    items: [
      {
        notification_id: '0198f3a4-0a00-7d55-9c3e-7a1b2c3d4e5f',
        position: 1,
        type: 'CREDIT_LIMIT_APPLIED',
        title: 'Your credit limit is active',
        message: 'A credit limit of 8200.00 is ready to use.',
        offer_id: offer.offer_id,
        created_at: '2026-11-23T09:32:10.000Z',
      },
    ],
    next_cursor: null,
    last_position: 1,
  },
  createTicket: { ticket: 'eyJhbGciOiJIUzI1NiJ9.e30.c2lnbmF0dXJl', expires_in: 30 },
  emotionSummary: {
    user_id: ada,
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
  },
};

/** Events of a notification stream. */
export const EVENT_STREAM =
  `id: 1\nevent: notification\ndata: ${JSON.stringify(RESPONSES.listNotifications.items[0])}\n\n` +
  `: heartbeat\n\nevent: end\ndata: {"reason":"token_expired"}\n\n`;
