import type { CachePrefix } from '../data/cache-keys.ts';
import {
  type CacheHolding,
  type FileHolding,
  type LogHolding,
  type StreamHolding,
  words,
} from './holding.ts';

const STREAM_KEPT = '7 days';
const AS_ROWS = 'as the rows that are made of it';
const WHOLE = 'the message is deleted and overwritten';
const LINES =
  'what remains of the message is published again, then the original is deleted and overwritten; the id of ' +
  'each event makes the copy harmless';

export const STREAMS: readonly StreamHolding[] = [
  {
    stream: 'emotions',
    content: 'emotion events, many customers in a message',
    purpose: 'delivery',
    kept: STREAM_KEPT,
    erased: LINES,
    exported: AS_ROWS,
  },
  {
    stream: 'transactions',
    content: 'transactions, many customers in a message',
    purpose: 'delivery',
    kept: STREAM_KEPT,
    erased: LINES,
    exported: AS_ROWS,
  },
  {
    stream: 'credits',
    content: 'accepted offers',
    purpose: 'delivery',
    kept: STREAM_KEPT,
    erased: WHOLE,
    exported: AS_ROWS,
  },
  {
    stream: 'decisions',
    content: 'decisions with their features',
    purpose: 'delivery',
    kept: STREAM_KEPT,
    erased: WHOLE,
    exported: AS_ROWS,
  },
  {
    stream: 'closings',
    content: 'closed limits',
    purpose: 'delivery',
    kept: STREAM_KEPT,
    erased: WHOLE,
    exported: AS_ROWS,
  },
  {
    stream: 'notifications',
    content: 'notifications with their texts',
    purpose: 'delivery',
    kept: STREAM_KEPT,
    erased: WHOLE,
    exported: AS_ROWS,
  },
  {
    stream: 'consents',
    content: 'consents, by keyed hash, for ingestion and for a database that is restored',
    purpose: 'delivery',
    kept: 'the newest of each customer and purpose, until erased',
    erased: WHOLE,
    exported: AS_ROWS,
  },
  {
    stream: 'partners',
    content: 'the state of each partner, by client id',
    purpose: 'operation',
    kept: 'the newest of each partner',
    erased: 'has no customer',
    exported: 'no',
  },
  {
    stream: 'reviews',
    content: 'decided reviews',
    purpose: 'delivery',
    kept: STREAM_KEPT,
    erased: WHOLE,
    exported: AS_ROWS,
  },
  {
    stream: 'audit-anchors',
    content: 'heads of the chains of hashes',
    purpose: 'evidence',
    kept: '10 years, while there is room',
    erased: 'has no customer',
    exported: 'no',
  },
  {
    stream: 'erasures',
    content: 'keyed hashes of erased customers: the ledger, for a database that is restored',
    purpose: 'evidence',
    kept: '10 years, while there is room',
    erased: 'has no customer',
    exported: 'no',
  },
  {
    stream: 'dead-letters',
    content: 'lines that could not be handled, as they came',
    purpose: 'delivery',
    kept: STREAM_KEPT,
    erased: LINES,
    exported: 'not: a line that was rejected is no fact of the customer',
  },
  {
    stream: 'dead-letter-drops',
    content: 'who dropped which dead letter, and why; without its text',
    purpose: 'operation',
    kept: '365 days',
    erased: 'has no customer; a reason is free text of an operator',
    exported: 'no',
  },
];

function attempts(content: string): CacheHolding {
  return { content, purpose: 'security', kept: '2 minutes', erased: 'goes by itself' };
}

const EVENT_KEYS: CacheHolding = {
  content: 'keyed hashes of idempotency keys and contents, with a time and a trace id',
  purpose: 'delivery',
  kept: '24 hours',
  erased: 'goes by itself: nobody can tell whose it is without the id, the key and SECRET_KEY',
};

/** The keys of each prefix. */
export const CACHE_CONTENT: Record<CachePrefix, CacheHolding> = {
  'analysis:': {
    content: 'the last analysis of a customer',
    purpose: 'operation',
    kept: '300 s',
    erased: 'deleted',
  },
  'analysis-flight:': {
    content: 'a customer whose analysis is under way',
    purpose: 'operation',
    kept: 'seconds',
    erased: 'deleted',
  },
  'quota:user:': {
    content: 'how much a customer, or an operator, sent',
    purpose: 'operation',
    kept: 'seconds',
    erased: 'deleted',
  },
  'quota:key:': {
    content: 'how much the platform sent',
    purpose: 'operation',
    kept: 'seconds',
    erased: 'has no customer',
  },
  'quota:partner:': {
    content: 'how much a partner sent',
    purpose: 'operation',
    kept: 'seconds',
    erased: 'has no customer',
  },
  'quota:login:': attempts('wrong passwords, by a hash of address and e-mail'),
  'quota:login-address:': attempts('wrong passwords, by network address'),
  'quota:registration-address:': attempts('registrations, by network address'),
  'quota:partner-login:': attempts('wrong secrets of partners, by a hash'),
  'quota:partner-login-address:': attempts('wrong secrets of partners, by network address'),
  'quota:operator-login:': attempts('wrong passwords of operators, by a hash'),
  'quota:operator-login-address:': attempts('wrong passwords of operators, by network address'),
  'event-key:emotions:': EVENT_KEYS,
  'event-key:transactions:': EVENT_KEYS,
};

/** Fields of log lines. No customer's id, e-mail, address or event is among them. */
export const LOG_FIELDS: readonly LogHolding[] = [
  { fields: ['name', 'level', 'time', 'pid', 'msg', 'part'], content: 'the process' },
  {
    fields: ['requestId', 'request_id', 'trace_id', 'span_id'],
    content: 'a request: it is also the trace of the rows that the request made, until they are erased',
  },
  { fields: ['offers'], content: 'ids of offers that were stuck; without their customers' },
  {
    fields: ['places'],
    content: 'ids of decisions and acts that differ from their chain, and where; without their customers',
  },
  { fields: ['peer'], content: 'the address of a proxy that is not trusted' },
  {
    fields: ['error', 'errorCode', 'cause', 'stack'],
    content: 'a fault; statements and their values are left out',
  },
  {
    fields: words(`
      breaker count database discarded durable faults hash inUse jurisdiction lost messages months nats
      notAfter port rejections signal step stream topic version`),
    content: 'parts of the system and counts',
  },
];

export const FILES: readonly FileHolding[] = [
  {
    place: "the processes' memory",
    content: 'checked tokens, the last analyses, counts of quotas, consents',
    kept: 'a token an hour, an analysis 300 s',
    erased: 'a revoked token is refused; the rest is used for nobody and goes by itself',
  },
  {
    place: '`credentials.json` of the command line',
    content: 'tokens and e-mails of logins, on the machine of whoever logged in',
    kept: 'a token an hour',
    erased: 'not the system’s: its tokens are void',
  },
  {
    place: 'journals and rejects of `ecs … import`',
    content: 'lines of an import that were rejected, on the machine of whoever imported',
    kept: 'until their owner deletes them',
    erased: 'not the system’s',
  },
  {
    place: 'dumps and backups',
    content: 'everything, as of their time',
    kept: 'as the operator keeps them',
    erased: 'not: what is restored from one is erased again, by the ledger',
  },
];
