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
import { OPERATOR_PATHS } from '../contracts/operator-paths.ts';
import type { ApiCall } from '../core/api-call.ts';
import { EcsConnectionError } from '../core/errors.ts';
import type { CallOptions, WriteOptions } from '../core/options.ts';
import { readEvents } from '../core/read-events.ts';
import type { Transport } from '../core/transport.ts';

/** Hears of a backtest that is followed; its end is that of the backtest. */
export interface BacktestFollower {
  onProgress(progress: BacktestProgress): void;
  onWaiting?(wait: BacktestWait): void;
  signal: AbortSignal;
}

/** The documents that decide: draft -> tested -> proposed -> approved -> active -> retired. */
export interface Policies {
  list(options?: CallOptions): ApiCall<PolicyList>;
  /** @throws NotFoundError `policy_not_found` */
  get(version: string, options?: CallOptions): ApiCall<PolicyDetails>;
  /** The places in which a policy differs from another. @throws NotFoundError `policy_not_found` */
  differences(from: string, to: string, options?: CallOptions): ApiCall<PolicyDifferences>;
  /** Role `risk` or `approver`: the newest decisions by the policy, for some seconds; nothing is stored. */
  backtest(version: string, request?: BacktestRequest, options?: WriteOptions): ApiCall<PolicyBacktest>;
  /**
   * The same over up to a million decisions, for two minutes at most; `onProgress` hears how many are made
   * again. One runs at a time: `onWaiting` hears how many come before it. Ends at the signal.
   *
   * @throws EcsConnectionError `stream_ended` where the connection breaks before the report
   */
  followBacktest(version: string, query: BacktestQuery, options: BacktestFollower): Promise<PolicyBacktest>;
  /** Champion and challenger over the newest decisions that both know. */
  compareModels(query?: ModelComparisonQuery, options?: CallOptions): ApiCall<ModelComparisonReport>;
  /** Role `risk`. @throws ConflictError `policy_changed`, ValidationError with each fault of the document */
  add(document: unknown, options?: WriteOptions): ApiCall<PolicyAdded>;
  /** Role `risk`. */
  recordTest(version: string, test: PolicyTest, options?: WriteOptions): ApiCall<PolicyStateNow>;
  /** Role `risk`. @throws ConflictError `wrong_policy_state` */
  propose(version: string, note: string, options?: WriteOptions): ApiCall<PolicyStateNow>;
  /** Role `approver`. @throws PermissionError `four_eyes` for the operator who proposed it */
  approve(version: string, note: string, options?: WriteOptions): ApiCall<PolicyStateNow>;
  /** Role `approver`. */
  activate(version: string, activation: PolicyActivation, options?: WriteOptions): ApiCall<PolicyChanges>;
  /** Role `approver`. @throws ConflictError `no_policy_before`, `wrong_policy_state` of a lost race */
  rollBack(rollback: PolicyRollback, options?: WriteOptions): ApiCall<PolicyChanges>;
}

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
      transport.request({ method: 'GET', path: OPERATOR_PATHS.compareModels, query: { ...query }, options }),
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
  { onProgress, onWaiting, signal }: BacktestFollower,
): Promise<PolicyBacktest> {
  const path = OPERATOR_PATHS.followBacktest;
  const response = await transport.open({ path, params: { version }, query, headers: {}, signal });
  for await (const { event, data } of readEvents(response, signal, () => {})) {
    if (event === 'waiting') onWaiting?.(JSON.parse(data) as BacktestWait);
    if (event === 'progress') onProgress(JSON.parse(data) as BacktestProgress);
    if (event === 'report') return JSON.parse(data) as PolicyBacktest;
  }
  throw new EcsConnectionError('the backtest ended without a report', {
    code: 'stream_ended',
    retryable: true,
  });
}
