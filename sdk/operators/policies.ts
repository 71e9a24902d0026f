import type {
  PolicyActivation,
  PolicyAdded,
  PolicyChanges,
  PolicyDetails,
  PolicyList,
  PolicyRollback,
  PolicyStateNow,
  PolicyTest,
} from '../contracts/operator-policies.ts';
import type {
  BacktestProgress,
  BacktestQuery,
  BacktestRequest,
  BacktestWait,
  ModelComparisonQuery,
  ModelComparisonReport,
  PolicyBacktest,
  PolicyDifferences,
} from '../contracts/operator-backtests.ts';
import * as OPERATOR_PATHS from '../contracts/operator-paths.ts';
import type { ApiCall } from '../core/api-call.ts';
import { checkOptions, isSignal, ofType } from '../core/check-options.ts';
import { EcsConnectionError, EcsResponseError } from '../core/errors.ts';
import type { OpenStream } from '../core/attempt.ts';
import type { CallOptions, WriteOptions } from '../core/options.ts';
import { readEvents } from '../core/read-events.ts';
import type { Transport } from '../core/transport.ts';

/** The callbacks of a followed backtest, which ends when `signal` aborts. */
interface BacktestFollower {
  onProgress(progress: BacktestProgress): void;
  onWaiting?: ((wait: BacktestWait) => void) | undefined;
  signal: AbortSignal;
}

/** The documents that decide: draft -> tested -> proposed -> approved -> active -> retired. */
export interface Policies {
  /** Lists the policies, newest first, each with its state and the jurisdictions where it is active. */
  list(options?: CallOptions): ApiCall<PolicyList>;
  /**
   * Returns a policy with its document and its history.
   *
   * @throws NotFoundError `policy_not_found`
   */
  get(version: string, options?: CallOptions): ApiCall<PolicyDetails>;
  /**
   * Returns the differences between two policies.
   *
   * @throws NotFoundError `policy_not_found`
   */
  differences(from: string, to: string, options?: CallOptions): ApiCall<PolicyDifferences>;
  /**
   * Role `risk` or `approver`. Decides the newest stored decisions again by the policy, for four seconds at
   * most; stores nothing.
   *
   * @throws NotFoundError `policy_not_found`, UnavailableError `overloaded` while another backtest runs
   */
  backtest(version: string, request?: BacktestRequest, options?: WriteOptions): ApiCall<PolicyBacktest>;
  /**
   * Role `risk` or `approver`. Runs a backtest over up to a million decisions, for two minutes at most.
   * Backtests run one at a time: `onWaiting` gets the number of those before it, `onProgress` the number of
   * replayed decisions. Ends when the signal aborts.
   *
   * @throws NotFoundError `policy_not_found`; UnavailableError `overloaded` when too many wait;
   * EcsConnectionError `stream_ended` when the connection breaks before the report
   */
  followBacktest(version: string, query: BacktestQuery, options: BacktestFollower): Promise<PolicyBacktest>;
  /** Compares champion and challenger over the newest decisions that both have predicted. */
  compareModels(query?: ModelComparisonQuery, options?: CallOptions): ApiCall<ModelComparisonReport>;
  /**
   * Role `risk`. Adds a policy as a draft.
   *
   * @throws ConflictError `policy_changed`, ValidationError with each fault of the document
   */
  add(document: unknown, options?: WriteOptions): ApiCall<PolicyAdded>;
  /**
   * Role `risk`. Records the result of a backtest; a draft becomes tested.
   *
   * @throws NotFoundError `policy_not_found`, ConflictError `policy_changed`
   */
  recordTest(version: string, test: PolicyTest, options?: WriteOptions): ApiCall<PolicyStateNow>;
  /**
   * Role `risk`. Proposes a tested policy for approval.
   *
   * @throws NotFoundError `policy_not_found`, ConflictError `wrong_policy_state`
   */
  propose(version: string, note: string, options?: WriteOptions): ApiCall<PolicyStateNow>;
  /**
   * Role `approver`. Approves a proposed policy.
   *
   * @throws NotFoundError `policy_not_found`; ConflictError `wrong_policy_state`; PermissionError `four_eyes`
   * for the operator who proposed it
   */
  approve(version: string, note: string, options?: WriteOptions): ApiCall<PolicyStateNow>;
  /**
   * Role `approver`. Makes an approved policy active for all or some of its jurisdictions.
   *
   * @throws NotFoundError `policy_not_found`; ConflictError `wrong_policy_state`, also when another policy is
   * active by now than `replaces` names
   */
  activate(version: string, activation: PolicyActivation, options?: WriteOptions): ApiCall<PolicyChanges>;
  /**
   * Role `approver`. Activates the policies again that were active before the last activation. Name the
   * `version` that was seen: without it the activation of another operator may be taken back.
   *
   * @throws NotFoundError `policy_not_found`; ConflictError `no_policy_before`, `wrong_policy_state` when
   * another change was faster
   */
  rollBack(rollback: PolicyRollback, options?: WriteOptions): ApiCall<PolicyChanges>;
}

const BACKTEST_OPTIONS = {
  onProgress: ofType('function'),
  onWaiting: ofType('function'),
  signal: isSignal,
};

export function createPolicies(transport: Transport): Policies {
  const get = <T>(path: string, params: Record<string, string>, options?: CallOptions): ApiCall<T> =>
    transport.request({ method: 'GET', path, params, options });
  const post = <T>(
    path: string,
    params: Record<string, string>,
    body: object,
    options?: WriteOptions,
  ): ApiCall<T> =>
    transport.request({
      method: 'POST',
      path,
      params,
      json: body,
      options,
    });
  return {
    list: (options) =>
      transport.request({
        method: 'GET',
        path: OPERATOR_PATHS.listPolicies,
        options,
        expected: { items: 'array' },
      }),
    differences: (from, to, options) =>
      transport.request({
        method: 'GET',
        path: OPERATOR_PATHS.comparePolicies,
        params: { version: to },
        query: { from },
        options,
      }),
    backtest: (version, request = {}, options) =>
      post(OPERATOR_PATHS.backtestPolicy, { version }, request, options),
    followBacktest: (version, query, options) => followBacktest(transport, version, query, options),
    compareModels: (query = {}, options) =>
      transport.request({ method: 'GET', path: OPERATOR_PATHS.compareModels, query, options }),
    get: (version, options) => get(OPERATOR_PATHS.getPolicy, { version }, options),
    add: (document, options) => post(OPERATOR_PATHS.addPolicy, {}, { document }, options),
    recordTest: (version, test, options) => post(OPERATOR_PATHS.recordPolicyTest, { version }, test, options),
    propose: (version, note, options) => post(OPERATOR_PATHS.proposePolicy, { version }, { note }, options),
    approve: (version, note, options) => post(OPERATOR_PATHS.approvePolicy, { version }, { note }, options),
    activate: (version, activation, options) =>
      post(OPERATOR_PATHS.activatePolicy, { version }, activation, options),
    rollBack: (rollback, options) => post(OPERATOR_PATHS.rollBackPolicies, {}, rollback, options),
  };
}

async function followBacktest(
  transport: Transport,
  version: string,
  query: BacktestQuery,
  options: BacktestFollower,
): Promise<PolicyBacktest> {
  const { onProgress, onWaiting, signal: callSignal } = checkOptions(options, BACKTEST_OPTIONS);
  const { response, signal, close } = await transport.request<OpenStream>({
    method: 'GET',
    path: OPERATOR_PATHS.followBacktest,
    params: { version },
    query,
    stream: 'text/event-stream',
    options: { signal: callSignal },
  });
  try {
    for await (const { event, data } of readEvents(response, signal, () => {})) {
      if (event === 'waiting') onWaiting?.(readData(data) as BacktestWait);
      if (event === 'progress') onProgress(readData(data) as BacktestProgress);
      if (event === 'report') return readData(data) as PolicyBacktest;
    }
  } finally {
    close();
  }
  throw new EcsConnectionError('the backtest ended without a report', {
    code: 'stream_ended',
    retryable: true,
  });
}

function readData(data: string): unknown {
  try {
    return JSON.parse(data);
  } catch {
    throw new EcsResponseError('the backtest sent something that is no JSON', { code: 'bad_response' });
  }
}
