import type { AcceptReceived, ClosingReason, CreditOffer, OfferPage } from '../contracts/credit.ts';
import * as PATHS from '../contracts/paths.ts';
import type { ApiCall } from '../core/api-call.ts';
import { EcsError, EcsTimeoutError } from '../core/errors.ts';
import { createListing, type Listing } from './listing.ts';
import { CALL_OPTIONS, checkOptions, optionsOf } from '../core/check-options.ts';
import type { CallOptions, WriteOptions } from '../core/options.ts';
import { pause } from '../core/timing.ts';
import type { Transport } from '../core/transport.ts';

export interface WaitOptions {
  /** How long to wait in all. Default 30,000. */
  timeoutMs?: number | undefined;
  /** Ends the wait: it rejects with the signal's reason. */
  signal?: AbortSignal | undefined;
}

/** A pending acceptance: await it for the 202, or wait until the limit is active. */
export interface Acceptance extends ApiCall<AcceptReceived> {
  /**
   * Resolves with the active offer.
   *
   * @throws EcsTimeoutError `offer_not_active`, EcsError `offer_closed`, and every error of `accept`
   */
  waitUntilActive(options?: WaitOptions): Promise<CreditOffer>;
}

export interface OfferListOptions extends CallOptions {
  /** From 1, the default. `for await` goes on from it to the last. */
  page?: number | undefined;
  /** 1 to 100. Default 10. */
  page_size?: number | undefined;
}

export interface CloseOptions extends WriteOptions {
  reason?: ClosingReason | undefined;
}

export interface Offers {
  /**
   * The customer's offers, newest first: one page when it is awaited, all of them with `for await`.
   *
   * @example
   * const { total, items } = await ecs.offers.list(userId, { page_size: 20 });
   * for await (const offer of ecs.offers.list(userId)) console.log(offer.status, offer.credit_limit);
   */
  list(userId: string, options?: OfferListOptions): Listing<OfferPage, CreditOffer>;
  /**
   * One offer.
   *
   * @example
   * const { status, expires_at } = await ecs.offers.get(offerId);
   * @throws NotFoundError `offer_not_found`, for another customer's as well
   */
  get(offerId: string, options?: CallOptions): ApiCall<CreditOffer>;
  /**
   * Accepts an offer; accepting it again is no error. The limit becomes active in the background.
   *
   * @example
   * const offer = await ecs.offers.accept(offerId).waitUntilActive({ timeoutMs: 10_000 });
   * @throws NotFoundError `offer_not_found`, GoneError `offer_expired`
   */
  accept(offerId: string, options?: WriteOptions): Acceptance;
  /**
   * Closes an active limit; closing it again is no error. Without a reason it is a withdrawal while the days
   * of withdrawal last, else an ordinary closing.
   *
   * @example
   * const { status } = await ecs.offers.close(offerId, { reason: 'withdrawn' });
   * @throws NotFoundError `offer_not_found`, ConflictError `offer_not_open`, `withdrawal_period_over`
   */
  close(offerId: string, options?: CloseOptions): ApiCall<CreditOffer>;
  /**
   * Waits for an offer that was accepted already.
   *
   * @example
   * const offer = await ecs.offers.waitUntilActive(offerId, { timeoutMs: 10_000 });
   * @throws EcsTimeoutError `offer_not_active`, EcsError `offer_expired` or `offer_closed`
   */
  waitUntilActive(offerId: string, options?: WaitOptions): Promise<CreditOffer>;
}

const { timeoutMs, signal } = CALL_OPTIONS;
const WAIT_OPTIONS = { timeoutMs, signal };
const WAIT_MS = 30_000;
const POLL_MS_MIN = 20;
const POLL_MS_MAX = 1_000;

export function createOffers(transport: Transport): Offers {
  const get = (offerId: string, options?: CallOptions): ApiCall<CreditOffer> =>
    transport.request({
      method: 'GET',
      path: PATHS.getOffer,
      params: { offer_id: offerId },
      options,
      expected: { status: 'string' },
    });

  const waitUntilActive = async (offerId: string, options?: WaitOptions): Promise<CreditOffer> => {
    const { timeoutMs = WAIT_MS, signal } = checkOptions(options, WAIT_OPTIONS);
    const deadlineAt = performance.now() + timeoutMs;
    const leftMs = () => Math.max(1, deadlineAt - performance.now());
    const notActive = (status: string) => {
      const fields = { code: 'offer_not_active', retryable: true, timeout: 'wait' } as const;
      return new EcsTimeoutError(`the offer ${offerId} is still ${status} after ${timeoutMs} ms`, fields);
    };
    let lastStatus: string | undefined;
    for (let pollMs = POLL_MS_MIN; ; pollMs = Math.min(pollMs * 1.5, POLL_MS_MAX)) {
      const offer = await get(offerId, { signal, deadlineMs: leftMs() }).catch((error: unknown) => {
        // The time was over within a poll.
        const isOver = error instanceof EcsTimeoutError && error.timeout === 'total';
        throw isOver && lastStatus !== undefined ? notActive(lastStatus) : error;
      });
      lastStatus = offer.status;
      if (offer.status === 'active') return offer;
      if (offer.status === 'expired') {
        throw new EcsError(`the offer ${offerId} has expired`, { code: 'offer_expired' });
      }
      // It was active between two polls.
      if (offer.status === 'closed') {
        throw new EcsError(`the limit of the offer ${offerId} is closed`, { code: 'offer_closed' });
      }
      if (performance.now() + pollMs > deadlineAt) throw notActive(offer.status);
      await pause(pollMs, [signal]);
    }
  };

  return {
    get,
    waitUntilActive,

    list(userId, options) {
      const requestPage = (next?: number): ApiCall<OfferPage> =>
        transport.request(() => {
          const { page, page_size, ...call } = optionsOf(options, 'page', 'page_size');
          return {
            method: 'GET',
            path: PATHS.listOffers,
            params: { user_id: userId },
            query: { page: next ?? page, page_size },
            options: call,
            expected: { items: 'array', page: 'number', page_size: 'number', total: 'number' },
          };
        });
      // An offer that is made meanwhile pushes another one over to the next page: it was seen already.
      const createUnseen = () => {
        const offerIds = new Set<string>();
        return ({ offer_id: offerId }: CreditOffer) => {
          const isUnseen = !offerIds.has(offerId);
          offerIds.add(offerId);
          return isUnseen;
        };
      };
      const pageAfter = ({ page, page_size: size, total }: OfferPage) =>
        page * size < total ? page + 1 : null;
      return createListing(requestPage(), pageAfter, requestPage, createUnseen);
    },

    close: (offerId, closeOptions) =>
      transport.request(() => {
        const { reason, ...options } = optionsOf(closeOptions, 'reason');
        return {
          method: 'POST',
          path: PATHS.closeOffer,
          params: { offer_id: offerId },
          json: { reason },
          options,
          expected: { status: 'string' },
        };
      }),

    accept(offerId, options) {
      const accepted = transport.request<AcceptReceived>({
        method: 'POST',
        path: PATHS.acceptOffer,
        params: { offer_id: offerId },
        options,
      });
      return Object.assign(accepted, {
        waitUntilActive: async (wait: WaitOptions = {}) => {
          await accepted;
          return waitUntilActive(offerId, { signal: options?.signal, ...wait });
        },
      });
    },
  };
}
