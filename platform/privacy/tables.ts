import { type TableHolding, words } from './holding.ts';
import { WEBHOOK_TABLES } from './webhook-tables.ts';

const UNTIL_ERASED = 'until erased';
/** Unless configuration says otherwise: RETENTION_… of the service `privacy`. */
const EVENTS_KEPT = '13 months';
const KEPT_LONG = '25 months';
const DECISIONS_KEPT = '25 months with identity, then without';

/**
 * The tables with rows of customers, in the order of an erasure: rows that name other rows come first. The
 * partitions of a table are part of it.
 */
export const TABLES: readonly TableHolding[] = [
  ...WEBHOOK_TABLES,
  {
    table: 'emotional_events',
    content: 'each emotion event',
    purpose: 'underwriting',
    kept: EVENTS_KEPT,
    erasure: 'delete',
    owner: { column: 'user_id' },
    personal: words(`
      id user_id occurred_at event_type positivity intensity stress_level source trace_id
      created_at`),
    internal: ['occurred_month'],
    order: ['id', 'occurred_month'],
  },
  {
    table: 'transactions',
    content: 'each transaction',
    purpose: 'underwriting',
    kept: EVENTS_KEPT,
    erasure: 'delete',
    owner: { column: 'user_id' },
    personal: ['id', 'user_id', 'amount', 'occurred_at', 'source', 'trace_id', 'created_at'],
    internal: ['occurred_month'],
    order: ['id', 'occurred_month'],
  },
  {
    table: 'emotional_daily_sums',
    views: ['emotional_events_summary'],
    content: 'sums and counts of emotions by day',
    purpose: 'underwriting',
    kept: KEPT_LONG,
    erasure: 'delete',
    owner: { column: 'user_id' },
    personal: words(`
      user_id summary_date event_count positivity_sum intensity_sum stress_sum
      stress_event_count platform_event_count platform_positivity_sum
      platform_stress_event_count updated_at`),
    internal: [],
    order: ['summary_date'],
  },
  {
    table: 'transaction_daily_sums',
    content: 'sums and counts of transactions by day',
    purpose: 'underwriting',
    kept: KEPT_LONG,
    erasure: 'delete',
    owner: { column: 'user_id' },
    personal: words(`
      user_id summary_date transaction_count amount_sum platform_transaction_count
      platform_amount_sum updated_at`),
    internal: [],
    order: ['summary_date'],
  },
  {
    table: 'notifications',
    content: 'texts sent to the customer',
    purpose: 'notification',
    kept: KEPT_LONG,
    erasure: 'delete',
    owner: { column: 'user_id' },
    personal: words('id user_id position type title message offer_id analysis_id created_at'),
    internal: [],
    order: ['position'],
  },
  {
    table: 'challenger_predictions',
    content: 'what a second model said of a decision',
    purpose: 'operation',
    kept: DECISIONS_KEPT,
    erasure: 'delete',
    owner: { column: 'analysis_id', through: 'credit_analyses' },
    personal: ['analysis_id', 'model', 'twin', 'full', 'latency_ms', 'created_at'],
    internal: [],
    order: ['analysis_id', 'model'],
  },
  {
    table: 'consents',
    content: 'consents in force, by purpose',
    purpose: 'evidence',
    kept: UNTIL_ERASED,
    erasure: 'delete',
    owner: { column: 'user_id' },
    personal: ['user_id', 'purpose', 'granted', 'text_version', 'given_at', 'withdrawn_at', 'version'],
    internal: [],
    order: ['purpose'],
  },
  {
    table: 'consent_changes',
    content: 'every consent that was given and withdrawn, with the version of its text',
    purpose: 'evidence',
    kept: UNTIL_ERASED,
    erasure: 'delete',
    owner: { column: 'user_id' },
    personal: ['user_id', 'purpose', 'version', 'granted', 'text_version', 'changed_at'],
    internal: [],
    order: ['purpose', 'version'],
  },
  {
    table: 'outbox',
    content: 'messages on their way to the broker; the consents that their stream keeps',
    purpose: 'delivery',
    kept: '8 days once sent, a consent until erased',
    erasure: 'delete',
    owner: { field: 'userId', of: 'payload' },
    personal: ['id', 'topic', 'payload', 'created_at', 'sent_at'],
    internal: ['attempts', 'lease_until', 'stream_created', 'stream_sequence'],
    order: ['id'],
  },
  {
    table: 'fact_versions',
    content: "how often a customer's facts changed",
    purpose: 'operation',
    kept: UNTIL_ERASED,
    erasure: 'delete',
    owner: { column: 'user_id' },
    personal: ['user_id', 'version', 'created_at'],
    internal: [],
    order: ['user_id'],
  },
  {
    table: 'credit_analysis_latest',
    content: 'the analysis that still counts, with its features',
    purpose: 'underwriting',
    kept: UNTIL_ERASED,
    erasure: 'delete',
    owner: { column: 'user_id' },
    personal: ['user_id', 'analysis_id', 'features', 'analyzed_at', 'basis'],
    internal: [],
    order: ['user_id'],
  },
  {
    table: 'customer_exposures',
    content: "the sum of a customer's limits",
    purpose: 'contract',
    kept: UNTIL_ERASED,
    erasure: 'delete',
    owner: { column: 'user_id' },
    personal: ['user_id', 'exposure', 'version'],
    internal: [],
    order: ['user_id'],
  },
  {
    table: 'reviews',
    content: "requests for a person's review of a denial, with statement, note and outcome",
    purpose: 'evidence',
    kept: UNTIL_ERASED,
    erasure: 'delete',
    owner: { column: 'user_id' },
    personal: words(`
      id analysis_id user_id statement state requested_at reason_code terms decided_at override_id`),
    internal: words('note proposed_by proposed_at decided_by'),
    order: ['id'],
  },
  {
    table: 'audit_log',
    content: 'acts of operators, customers and the system; the customer of an act, and its reason',
    purpose: 'evidence',
    kept: 'for good, without identity once erased',
    erasure: 'anonymize',
    erased: 'customer, reason and salt go; a salted hash of them keeps the chain whole',
    owner: { column: 'customer_id' },
    personal: words('id created_at actor_kind act subject_kind subject_id customer_id details'),
    internal: words('actor reason salt private_hash record_hash erased_by written_by'),
    internalFields: [{ column: 'details', path: ['proposed_by'] }],
    order: ['id'],
  },
  {
    table: 'credit_analyses',
    content: 'decisions with their records, reasons and hashes',
    purpose: 'evidence',
    kept: DECISIONS_KEPT,
    erasure: 'anonymize',
    erased:
      'kept without the customer, the trace and all that was computed of emotions; salted hashes of it ' +
      'keep the chain whole',
    owner: { column: 'user_id' },
    personal: words(`
      id user_id approved risk_score model_version policy_version policy_hash features
      contributions reasons recourse offer_id trace_id jurisdiction emotion_effect
      exposure_before record record_hash created_at`),
    internal: ['erased_at'],
    internalFields: [
      { column: 'record', path: ['override', 'proposed_by'] },
      { column: 'record', path: ['override', 'decided_by'] },
    ],
    order: ['created_at', 'id'],
  },
  {
    table: 'credit_limits',
    content: 'offers and limits with their terms',
    purpose: 'contract',
    kept: DECISIONS_KEPT,
    erasure: 'anonymize',
    erased: 'open ones end first; kept without the customer, beside their decision',
    owner: { column: 'user_id' },
    personal: words(`
      id user_id status credit_limit interest_rate credit_type expires_at accepted_at
      activated_at closed_at closed_reason created_at updated_at`),
    internal: [],
    order: ['created_at', 'id'],
  },
  {
    table: 'idempotency_keys',
    content: 'responses to requests with an Idempotency-Key, sealed; keys of logins by a hash of the e-mail',
    purpose: 'delivery',
    kept: '24 hours, responses with a token a minute',
    erasure: 'delete',
    erased: "by scope: the customer's id, or the hash of the e-mail; all responses to operators",
    owner: { column: 'scope', isText: true },
    personal: ['scope', 'key', 'created_at', 'expires_at'],
    internal: ['fingerprint', 'locked_until', 'answer'],
    order: ['key'],
  },
  {
    table: 'users',
    content: 'the account',
    purpose: 'account',
    kept: UNTIL_ERASED,
    erasure: 'delete',
    owner: { column: 'id' },
    personal: ['id', 'email', 'jurisdiction', 'locale', 'created_at', 'updated_at'],
    internal: ['password_hash', 'email_key', 'notification_count'],
    order: ['id'],
  },
];
