import type { Priority } from '../../platform/resilience/admission.ts';
import type { HttpService } from '../../platform/http/service.ts';
import type { ForwardedRequest } from '../../platform/http/request.ts';
import type { Endpoint, EndpointName } from '../../sdk/contracts/endpoints.ts';

/** Where an endpoint's requests go. */
export type UpstreamName = 'credit' | 'emotion-ingestion' | 'transaction-ingestion';

export const UPSTREAM_OF: Record<EndpointName, UpstreamName> = {
  register: 'credit',
  login: 'credit',
  sendEmotion: 'emotion-ingestion',
  sendEmotionBatch: 'emotion-ingestion',
  sendTransaction: 'transaction-ingestion',
  sendTransactionBatch: 'transaction-ingestion',
  analyzeCredit: 'credit',
  listOffers: 'credit',
  getOffer: 'credit',
  acceptOffer: 'credit',
  listNotifications: 'credit',
  createTicket: 'credit',
  emotionSummary: 'credit',
};

/**
 * Priorities of endpoints under overload, the highest refused last: see platform/resilience/admission.ts.
 */
export const PRIORITY_OF: Record<EndpointName, Priority> = {
  register: 'normal',
  login: 'normal',
  sendEmotion: 'low',
  sendEmotionBatch: 'low',
  sendTransaction: 'normal',
  sendTransactionBatch: 'normal',
  analyzeCredit: 'normal',
  listOffers: 'normal',
  getOffer: 'high',
  acceptOffer: 'high',
  listNotifications: 'normal',
  createTicket: 'normal',
  emotionSummary: 'normal',
};

/** A service that requests are forwarded to: by HTTP, or in the same process by a call of its endpoint. */
export interface Upstream {
  /**
   * Returns its response, with the request's id. Throws AppError 503 when there is none; its headers must
   * come within the deadline, its body may stream.
   */
  send(endpoint: Endpoint, request: ForwardedRequest, params: Record<string, string>): Promise<Response>;
  ping(): Promise<void>;
  close(): Promise<void>;
}

export function inProcessUpstream(respond: HttpService['respond']): Upstream {
  return { send: respond, ping: async () => {}, close: async () => {} };
}
