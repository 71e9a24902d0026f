import { CUSTOMERS_MIN } from '../insights/disclosure.ts';
import { type TableHolding, words } from './holding.ts';

const KEPT_AS_RECORD = 'for good: who acted is part of the record';

/** Tables without a customer's data. Names of operators are personal data too, but not of customers. */
export const OPERATOR_TABLES: readonly TableHolding[] = [
  withoutCustomers(
    'operators',
    'accounts of operators: names, hashes of passwords, roles',
    KEPT_AS_RECORD,
    words(`
      id name name_key password_hash roles token_version created_by created_at disabled_by
      disabled_at`),
  ),
  withoutCustomers(
    'partners',
    'partners, with names of operators',
    KEPT_AS_RECORD,
    words(`
      id name scopes events_per_second status token_version version created_by created_at changed_by
      changed_at`),
  ),
  withoutCustomers(
    'partner_credentials',
    'hashes of secrets, and public keys',
    KEPT_AS_RECORD,
    words('id partner_id secret_hash public_key grace_seconds created_by created_at expires_at'),
  ),
  withoutCustomers(
    'partner_assertions',
    'assertions that were used',
    '2 hours, then until the next assertion of any partner',
    words('partner_id jti_hash request_hash claimed_at expires_at'),
  ),
  withoutCustomers(
    'policies',
    'documents of policies, with names of operators',
    KEPT_AS_RECORD,
    words('version document hash state created_by created_at proposed_by approved_by'),
  ),
  withoutCustomers(
    'policy_activations',
    'policies in use, with names of operators',
    KEPT_AS_RECORD,
    words('jurisdiction version activated_by activated_at'),
  ),
  withoutCustomers(
    'policy_events',
    'acts on policies, with names of operators',
    KEPT_AS_RECORD,
    words('id version act actor note jurisdiction undoes details created_at'),
  ),
  withoutCustomers(
    'audit_chain',
    'links of hashes of acts',
    KEPT_AS_RECORD,
    words('position act_id record_hash link'),
  ),
  ...['emotion_rollups', 'decision_rollups'].map(
    (table): TableHolding => ({
      ...withoutCustomers(
        table,
        table === 'emotion_rollups'
          ? 'emotions of the population: distributions by hour and jurisdiction'
          : 'decisions of the population: counts and distributions by day and jurisdiction',
        `25 months; cells of fewer than ${CUSTOMERS_MIN} customers 13 months`,
        words(
          table === 'emotion_rollups'
            ? 'hour jurisdiction slot customers event_count positivity intensity stress'
            : 'day jurisdiction figure part slot customers occurrences histogram',
        ),
      ),
      erased:
        `cells of fewer than ${CUSTOMERS_MIN} customers go with each customer who may be in them; in ` +
        'larger ones nobody can be found, and to subtract a customer would show the customer',
    }),
  ),
  withoutCustomers(
    'webhook_endpoints',
    'endpoints of webhooks with sealed secrets, and names of operators',
    'until an hour after their removal',
    words(`
      id partner_id url description event_types state disabled_by secret secret_before
      secret_before_until failures failing_since events_from types_from closed_periods renewed_at
      created_by created_at updated_at removed_at`),
  ),
  withoutCustomers(
    'chain_verifications',
    'how far each chain of hashes is verified',
    'for good',
    words(`
      chain position fault_position started_at completed_at fault_position_before seen_position seen_link
      stepped_at due_at ticket`),
  ),
  withoutCustomers('audit_unlinked', 'acts that wait for their link', 'a second', ['act_id']),
  withoutCustomers('schema_version', 'applied migrations', 'for good', ['version', 'name', 'md5', 'run_at']),
  withoutCustomers('service_grants', 'rights of the services', 'for good', [
    'role',
    'privileges',
    'relation',
  ]),
];

function withoutCustomers(
  table: string,
  content: string,
  kept: string,
  internal: readonly string[],
): TableHolding {
  return {
    table,
    content,
    purpose: 'operation',
    kept,
    erasure: 'absent',
    owner: null,
    personal: [],
    internal,
  };
}
