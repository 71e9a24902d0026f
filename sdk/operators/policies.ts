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
import { OPERATOR_PATHS } from '../contracts/operator-paths.ts';
import type { CallOptions, WriteOptions } from '../core/options.ts';
import type { Transport } from '../core/transport.ts';

/** The documents that decide: draft -> tested -> proposed -> approved -> active -> retired. */
export interface Policies {
  list(options?: CallOptions): Promise<PolicyList>;
  /** @throws NotFoundError `policy_not_found` */
  get(version: string, options?: CallOptions): Promise<PolicyDetails>;
  /** Role `risk`. @throws ConflictError `policy_changed`, ValidationError with each fault of the document */
  add(document: unknown, options?: WriteOptions): Promise<PolicyAdded>;
  /** Role `risk`. */
  recordTest(version: string, test: PolicyTest, options?: WriteOptions): Promise<PolicyStateNow>;
  /** Role `risk`. @throws ConflictError `wrong_policy_state` */
  propose(version: string, note: string, options?: WriteOptions): Promise<PolicyStateNow>;
  /** Role `approver`. @throws PermissionError `four_eyes` for the operator who proposed it */
  approve(version: string, note: string, options?: WriteOptions): Promise<PolicyStateNow>;
  /** Role `approver`. */
  activate(version: string, activation: PolicyActivation, options?: WriteOptions): Promise<PolicyChanges>;
  /** Role `approver`. @throws ConflictError `no_policy_before` */
  rollBack(rollback: PolicyRollback, options?: WriteOptions): Promise<PolicyChanges>;
}

export function createPolicies(transport: Transport): Policies {
  const get = <T>(path: string, params: Record<string, string>, options?: CallOptions): Promise<T> =>
    transport.request({ method: 'GET', path, params, options });
  const post = <T>(
    path: string,
    params: Record<string, string>,
    body: object,
    options?: WriteOptions,
  ): Promise<T> =>
    transport.request({
      method: 'POST',
      path,
      params,
      body: { contentType: 'application/json', text: JSON.stringify(body) },
      options,
    });
  return {
    list: (options) => get(OPERATOR_PATHS.listPolicies, {}, options),
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
