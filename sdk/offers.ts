import type { AcceptReceived, CreditAnalysis, CreditOffer, OfferPage } from './contracts/credit.ts';
import { ENDPOINTS, fillPath } from './contracts/endpoints.ts';
import { EcsError, EcsTimeoutError } from './errors.ts';
import type { CallOptions, WriteOptions } from './options.ts';
import { pause } from './timing.ts';
import type { Transport } from './transport.ts';

export interface WaitOptions extends CallOptions {
  /** How long to wait in all. Default 30,000. */
  waitMs?: number;
}

/** An acceptance on its way: await it for the 202, or wait until the limit is active. */
export interface Acceptance extends Promise<AcceptReceived> {
  /** Resolves with the active offer. Throws EcsTimeoutError `offer_not_active`. */
  waitUntilActive(options?: WaitOptions): Promise<CreditOffer>;
}

const WAIT_MS = 30_000;
const POLL_MS_MIN = 20;
const POLL_MS_MAX = 1_000;

export function createAnalyses(transport: Transport) {
  return {
    /**
     * Analyses the customer's credit and, when approved, makes an offer. `ml_risk_score` is 0 low .. 1 high,
     * `interest_rate` percent a year. A denied analysis is an answer, not an error.
     *
     * @throws UnavailableError `model_unavailable`; its `retryAfterMs` says when to come back
     */
    create: (userId: string, options: WriteOptions = {}): Promise<CreditAnalysis> =>
      transport.request({
        method: 'POST',
        path: fillPath(ENDPOINTS.analyzeCredit.path, { user_id: userId }),
        options,
      }),
  };
}

export function createOffers(transport: Transport) {
  const get = (offerId: string, options: CallOptions = {}): Promise<CreditOffer> =>
    transport.request({
      method: 'GET',
      path: fillPath(ENDPOINTS.getOffer.path, { offer_id: offerId }),
      options,
    });

  const waitUntilActive = async (offerId: string, options: WaitOptions = {}): Promise<CreditOffer> => {
    const deadlineAt = Date.now() + (options.waitMs ?? WAIT_MS);
    for (let pollMs = POLL_MS_MIN; ; pollMs = Math.min(pollMs * 1.5, POLL_MS_MAX)) {
      const offer = await get(offerId, options);
      if (offer.status === 'active') return offer;
      if (offer.status === 'expired') {
        throw new EcsError(`the offer ${offerId} has expired`, { code: 'offer_expired' });
      }
      if (Date.now() + pollMs > deadlineAt) {
        const fields = { code: 'offer_not_active', retryable: true };
        throw new EcsTimeoutError(`the offer ${offerId} is still ${offer.status}`, fields);
      }
      await pause(pollMs, options.signal);
    }
  };

  return {
    /** One page of the customer's offers, newest first. `page` from 1, `page_size` 1 to 100 (default 10). */
    list: (
      userId: string,
      options: CallOptions & { page?: number; page_size?: number } = {},
    ): Promise<OfferPage> =>
      transport.request({
        method: 'GET',
        path: fillPath(ENDPOINTS.listOffers.path, { user_id: userId }),
        query: { page: options.page, page_size: options.page_size },
        options,
      }),

    /** One offer. Throws NotFoundError for an unknown one and for another customer's. */
    get,

    /**
     * Accepts an offer; accepting it again is no error. The limit becomes active in the background.
     *
     * @example const offer = await ecs.offers.accept(offerId).waitUntilActive({ waitMs: 10_000 });
     * @throws NotFoundError, GoneError `offer_expired`
     */
    accept(offerId: string, options: WriteOptions = {}): Acceptance {
      const accepted = transport.request<AcceptReceived>({
        method: 'POST',
        path: fillPath(ENDPOINTS.acceptOffer.path, { offer_id: offerId }),
        options,
      });
      return Object.assign(accepted, {
        waitUntilActive: async (wait: WaitOptions = {}) => {
          await accepted;
          return waitUntilActive(offerId, { signal: options.signal, ...wait });
        },
      });
    },

    /** Waits for an offer that was accepted already. Throws EcsTimeoutError `offer_not_active`. */
    waitUntilActive,
  };
}

export type Analyses = ReturnType<typeof createAnalyses>;
export type Offers = ReturnType<typeof createOffers>;
