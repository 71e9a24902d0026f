import type { AccessToken } from '../contracts/auth.ts';
import type { Operator, OperatorLogin, OperatorSignIn } from '../contracts/operator.ts';
import type { KeptReports } from '../contracts/operator-reports.ts';
import type { SystemStatus } from '../contracts/operator-status.ts';
import * as OPERATOR_PATHS from '../contracts/operator-paths.ts';
import type { ApiCall } from '../core/api-call.ts';
import type { Method } from '../core/call.ts';
import { deriveOptions } from '../core/client-options.ts';
import type { CallOptions, ClientOverrides, EcsClientOptions, WriteOptions } from '../core/options.ts';
import { requestRaw, type RawRequestOptions } from '../core/raw-request.ts';
import { createTransport, type Transport } from '../core/transport.ts';
import { type Audit, createAudit } from './audit.ts';
import { createCustomers, type Customers } from './customers.ts';
import { createDecisions, type Decisions } from './decisions.ts';
import { createDeadLetters, type DeadLetters } from './dead-letters.ts';
import { createFlowView, type FlowView } from './flow.ts';
import { createInsights, type Insights } from './insights.ts';
import { createLimits, type Limits } from './limits.ts';
import { createPartners, type Partners } from './partners.ts';
import { createPolicies, type Policies } from './policies.ts';
import { createOperatorReviews, type OperatorReviews } from './reviews.ts';
import { createOperatorWebhooks, type OperatorWebhooks } from './webhooks.ts';

/** The options of a client that acts for an operator: it has no key of the platform. */
export type OperatorClientOptions = Omit<EcsClientOptions, (typeof REFUSED)[number]>;

const REFUSED = ['internalKey', 'clientId', 'clientSecret', 'privateKey', 'scope'] as const;

export interface OperatorAuth {
  /**
   * Exchanges name and password for an access token; `expires_in` is in seconds.
   *
   * @throws AuthenticationError `invalid_credentials`
   */
  login(credentials: OperatorLogin, options?: WriteOptions): ApiCall<AccessToken>;
  /** Returns the provider of OpenID Connect at which operators can sign in beside their accounts. */
  provider(options?: CallOptions): ApiCall<OperatorSignIn>;
  /** Returns the operator of the token, with the current roles. */
  me(options?: CallOptions): ApiCall<Operator>;
}

export interface SystemView {
  /** Returns every service with its dependencies, and its breaker, outbox, lag and policies, if any. */
  status(options?: CallOptions): ApiCall<SystemStatus>;
  /** Returns the newest reports of load runs and drills. */
  reports(options?: CallOptions): ApiCall<KeptReports>;
}

/**
 * The API of those who run the system. `token` is an operator's: from `auth.login`, or of OpenID Connect.
 *
 * Every method rejects as those of `EcsClient` do; PermissionError `role_missing` names the role that is
 * needed.
 *
 * @example
 * const ecs = new EcsOperatorClient({ baseUrl: 'http://localhost:9999', token });
 * const { name, roles } = await ecs.auth.me();
 */
export class EcsOperatorClient {
  readonly auth: OperatorAuth;
  readonly system: SystemView;
  readonly flow: FlowView;
  readonly insights: Insights;
  readonly policies: Policies;
  readonly customers: Customers;
  readonly decisions: Decisions;
  readonly deadLetters: DeadLetters;
  readonly limits: Limits;
  readonly reviews: OperatorReviews;
  readonly audit: Audit;
  readonly webhooks: OperatorWebhooks;
  readonly partners: Partners;
  readonly #transport: Transport;

  /**
   * Throws EcsArgumentError `invalid_base_url`, `unknown_option` or `invalid_argument`, EcsError
   * `invalid_credentials_format`.
   */
  constructor(options: OperatorClientOptions) {
    const transport = createTransport(options, REFUSED);
    this.#transport = transport;
    this.flow = createFlowView(transport);
    this.insights = createInsights(transport);
    this.policies = createPolicies(transport);
    this.customers = createCustomers(transport);
    this.decisions = createDecisions(transport);
    this.deadLetters = createDeadLetters(transport);
    this.limits = createLimits(transport);
    this.system = {
      status: (callOptions) =>
        transport.request({ method: 'GET', path: OPERATOR_PATHS.getSystemStatus, options: callOptions }),
      reports: (callOptions) =>
        transport.request({ method: 'GET', path: OPERATOR_PATHS.listReports, options: callOptions }),
    };
    this.reviews = createOperatorReviews(transport);
    this.audit = createAudit(transport);
    this.webhooks = createOperatorWebhooks(transport);
    this.partners = createPartners(transport);
    this.auth = {
      login: (credentials, writeOptions) =>
        transport.request({
          method: 'POST',
          path: OPERATOR_PATHS.logInOperator,
          json: credentials,
          expected: { access_token: 'string' },
          options: writeOptions,
        }),
      provider: (callOptions) =>
        transport.request({ method: 'GET', path: OPERATOR_PATHS.getOperatorSignIn, options: callOptions }),
      me: (callOptions) =>
        transport.request({ method: 'GET', path: OPERATOR_PATHS.getOperator, options: callOptions }),
    };
  }

  /**
   * Returns a client like this one, but for these options; also with a `signal` or an `idempotencyKey` for
   * its calls. Both share one budget of retries.
   */
  withOptions(options: Omit<ClientOverrides, (typeof REFUSED)[number]>): EcsOperatorClient {
    return new EcsOperatorClient(deriveOptions(this.#transport, options));
  }

  /** Calls an endpoint by its path, for those newer than this SDK; as every other call. */
  request<T = unknown>(method: Method, path: string, options?: RawRequestOptions): ApiCall<T> {
    return requestRaw<T>(this.#transport, method, path, options);
  }
}
