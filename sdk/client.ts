import type { AccessToken, LoginRequest, Registration, User } from './contracts/auth.ts';
import * as PATHS from './contracts/paths.ts';
import { type Analyses, createAnalyses } from './resources/analyses.ts';
import { type Consents, createConsents } from './resources/consents.ts';
import { createCustomers, type Customers } from './resources/customers.ts';
import { createEmotions, createTransactions, type Emotions, type Transactions } from './resources/events.ts';
import { createNotifications, type Notifications } from './resources/notifications.ts';
import { createPartnerWebhooks, type Webhooks } from './resources/partner-webhooks.ts';
import { createOffers, type Offers } from './resources/offers.ts';
import { createReviews, type Reviews } from './resources/reviews.ts';
import type { ApiCall } from './core/api-call.ts';
import type { Method } from './core/call.ts';
import { deriveOptions } from './core/client-options.ts';
import type { ClientOverrides, EcsClientOptions, WriteOptions } from './core/options.ts';
import { requestRaw, type RawRequestOptions } from './core/raw-request.ts';
import type { Shape } from './core/response.ts';
import { createTransport, type Transport } from './core/transport.ts';

export interface Auth {
  /**
   * Registers a customer. The password has 8 to 128 characters. `jurisdiction` (ISO 3166-1 alpha-2, in
   * capitals) is the country by whose law decisions are made; `locale` is the language of texts, `en` (the
   * default) or `pt-BR`.
   *
   * @example
   * const { id } = await ecs.auth.register({ email: 'ada@example.com', password: 'a long passphrase' });
   * @throws ConflictError `email_taken`, ValidationError
   */
  register(registration: Registration, options?: WriteOptions): ApiCall<User>;
  /**
   * Exchanges e-mail and password for an access token; `expires_in` is in seconds.
   *
   * @example
   * const { access_token } = await ecs.auth.login({ email, password });
   * @throws AuthenticationError `invalid_credentials`
   */
  login(credentials: LoginRequest, options?: WriteOptions): ApiCall<AccessToken>;
}

/**
 * The Empathic Credit System's API.
 *
 * Every method rejects with an `EcsError` of the status's class, or with the signal's reason when its
 * `signal` was aborted. Retryable failures are retried; that is safe for every method, since each POST
 * carries one idempotency key.
 *
 * @example
 * const ecs = new EcsClient({ baseUrl: 'http://localhost:9999', token });
 * const analysis = await ecs.analyses.create(userId);
 * if (analysis.offer) await ecs.offers.accept(analysis.offer.offer_id).waitUntilActive();
 */
export class EcsClient {
  readonly auth: Auth;
  readonly customers: Customers;
  readonly consents: Consents;
  readonly emotions: Emotions;
  readonly transactions: Transactions;
  readonly analyses: Analyses;
  readonly offers: Offers;
  readonly reviews: Reviews;
  readonly notifications: Notifications;
  /** Of a partner's token with the scope `webhooks:manage`. */
  readonly webhooks: Webhooks;
  readonly #transport: Transport;

  /**
   * Throws EcsArgumentError `invalid_base_url`, `unknown_option` or `invalid_argument`, EcsError
   * `invalid_credentials_format`.
   */
  constructor(options: EcsClientOptions) {
    const transport = createTransport(options);
    this.#transport = transport;
    this.auth = createAuth(transport);
    this.customers = createCustomers(transport);
    this.consents = createConsents(transport);
    this.emotions = createEmotions(transport);
    this.transactions = createTransactions(transport);
    this.analyses = createAnalyses(transport);
    this.reviews = createReviews(transport);
    this.offers = createOffers(transport);
    this.notifications = createNotifications(transport);
    this.webhooks = createPartnerWebhooks(transport);
  }

  /**
   * Returns a client like this one, but for these options; also with a `signal` or an `idempotencyKey` for
   * its calls. Both share one budget of retries.
   *
   * @example
   * const patient = ecs.withOptions({ timeoutMs: 60_000, headers: { 'x-tenant': 'blue' } });
   */
  withOptions(options: ClientOverrides): EcsClient {
    return new EcsClient(deriveOptions(this.#transport, options));
  }

  /**
   * Calls an endpoint by its path, for those newer than this SDK: with the retries, errors and credentials of
   * every other call.
   *
   * @example
   * const offer = await ecs.request<CreditOffer>('GET', '/v1/credit-offers/{id}', { params: { id } });
   */
  request<T = unknown>(method: Method, path: string, options?: RawRequestOptions): ApiCall<T> {
    return requestRaw<T>(this.#transport, method, path, options);
  }
}

function createAuth(transport: Transport): Auth {
  const post = <T>(
    path: string,
    expected: Shape,
    body: Registration | LoginRequest,
    options?: WriteOptions,
  ): ApiCall<T> =>
    transport.request<T>({
      method: 'POST',
      path,
      expected,
      json: body,
      options,
    });
  return {
    register: (registration, options) => post(PATHS.register, { id: 'string' }, registration, options),
    login: (credentials, options) => post(PATHS.login, { access_token: 'string' }, credentials, options),
  };
}

/**
 * Returns the `sub` of an access token: the user's id; null when the text is not a JWT. The signature is not
 * checked: the server does that.
 */
export function userIdOfToken(token: string): string | null {
  try {
    const payload = token.split('.')[1] ?? '';
    const json = atob(payload.replace(/-/g, '+').replace(/_/g, '/'));
    const { sub } = JSON.parse(json) as { sub?: unknown };
    return typeof sub === 'string' ? sub : null;
  } catch {
    return null;
  }
}
