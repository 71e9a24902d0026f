import { AuditAnchorMessage } from './audit-messages.ts';
import {
  DecisionMessage,
  LimitClosedMessage,
  NotificationMessage,
  OfferApprovedMessage,
  ReviewDecidedMessage,
} from './credit-messages.ts';
import { EmotionMessage, TransactionMessage } from './event-messages.ts';
import { PartnerStateMessage } from './partner-messages.ts';
import { ConsentMessage, ErasureMessage } from './privacy-messages.ts';
import type { MessagingService, Topic } from './topic.ts';

const MIB = 1024 * 1024;

/**
 * THE catalogue of topics: subjects and streams, messages, and the services that publish and consume them.
 * The streams, the AsyncAPI document and the broker's users are made of it; no other file has subject names.
 */
export const TOPICS = {
  emotions: {
    stream: 'emotions',
    subject: 'user.emotions.topic',
    message: {
      name: 'EmotionMessage',
      title: 'Emotion events, one per line, each acknowledged to its sender',
      schema: EmotionMessage,
      contentType: 'application/x-ndjson',
    },
    publishers: ['emotion-ingestion'],
    durables: ['emotion-processing'],
    listeners: [],
    bytesMax: 1024 * MIB,
    isPartitioned: true,
  },
  transactions: {
    stream: 'transactions',
    subject: 'transactions.topic',
    message: {
      name: 'TransactionMessage',
      title: 'Transactions, one per line, each acknowledged to its sender',
      schema: TransactionMessage,
      contentType: 'application/x-ndjson',
    },
    publishers: ['transaction-ingestion'],
    durables: ['transaction-processing'],
    listeners: [],
    bytesMax: 1024 * MIB,
    isPartitioned: true,
  },
  creditOffersApproved: {
    stream: 'credits',
    subject: 'credit.offers.approved',
    message: {
      name: 'OfferApprovedMessage',
      title: 'An offer that its customer has accepted',
      schema: OfferApprovedMessage,
      contentType: 'application/json',
    },
    publishers: ['credit'],
    durables: ['credit-application', 'webhooks'],
    listeners: [],
    bystanders: ['webhooks'],
    bytesMax: 256 * MIB,
    isPartitioned: false,
  },
  creditDecisions: {
    stream: 'decisions',
    subject: 'credit.decisions.recorded',
    message: {
      name: 'DecisionMessage',
      title: 'A recorded credit decision',
      schema: DecisionMessage,
      contentType: 'application/json',
    },
    publishers: ['credit'],
    durables: ['credit-application', 'challenger'],
    listeners: [],
    bystanders: ['challenger'],
    bytesMax: 256 * MIB,
    isPartitioned: false,
  },
  creditLimitsClosed: {
    stream: 'closings',
    subject: 'credit.limits.closed',
    message: {
      name: 'LimitClosedMessage',
      title: 'An active limit that was closed',
      schema: LimitClosedMessage,
      contentType: 'application/json',
    },
    publishers: ['credit'],
    durables: ['credit-application'],
    listeners: [],
    bytesMax: 64 * MIB,
    isPartitioned: false,
  },
  customerErasures: {
    stream: 'erasures',
    subject: 'privacy.customers.erased',
    message: {
      name: 'ErasureMessage',
      title:
        'A customer that asked to be erased, by a keyed hash: the ledger that outlives a restored database',
      schema: ErasureMessage,
      contentType: 'application/json',
    },
    publishers: ['credit', 'privacy'],
    durables: [],
    listeners: ['credit', 'emotion-ingestion', 'transaction-ingestion', 'privacy'],
    bytesMax: 64 * MIB,
    ageMaxDays: 3650,
    isSealed: true,
    isPartitioned: false,
  },
  creditReviewsDecided: {
    stream: 'reviews',
    subject: 'credit.reviews.decided',
    message: {
      name: 'ReviewDecidedMessage',
      title: 'A denial that was reviewed by a person',
      schema: ReviewDecidedMessage,
      contentType: 'application/json',
    },
    publishers: ['credit'],
    durables: ['credit-application'],
    listeners: [],
    bytesMax: 64 * MIB,
    isPartitioned: false,
  },
  userNotifications: {
    stream: 'notifications',
    subject: 'user.notifications',
    message: {
      name: 'NotificationMessage',
      title: 'A notification of a customer',
      schema: NotificationMessage,
      contentType: 'application/json',
    },
    publishers: ['credit-application'],
    durables: ['webhooks'],
    listeners: ['credit'],
    bystanders: ['webhooks'],
    bytesMax: 256 * MIB,
    isPartitioned: false,
  },
  customerConsents: {
    stream: 'consents',
    subject: 'customers.consents',
    message: {
      name: 'ConsentMessage',
      title: 'A consent of a customer, which ingestion follows; the newest of each purpose is kept',
      schema: ConsentMessage,
      contentType: 'application/json',
    },
    publishers: ['credit'],
    durables: [],
    listeners: [],
    followers: ['emotion-ingestion'],
    // Three consents of a customer are some 900 bytes.
    bytesMax: 768 * MIB,
    keyedBy: 'customerHash',
    isPartitioned: false,
  },
  partnerStates: {
    stream: 'partners',
    subject: 'partners.states',
    message: {
      name: 'PartnerStateMessage',
      title: 'The state of a partner that ingestion follows; the newest of each partner is kept',
      schema: PartnerStateMessage,
      contentType: 'application/json',
    },
    publishers: ['credit'],
    durables: [],
    listeners: [],
    followers: ['emotion-ingestion', 'transaction-ingestion'],
    bytesMax: 64 * MIB,
    keyedBy: 'partnerId',
    isPartitioned: false,
  },
  auditAnchors: {
    stream: 'audit-anchors',
    subject: 'audit.anchors',
    message: {
      name: 'AuditAnchorMessage',
      title: 'Heads of the chains of decisions and acts',
      schema: AuditAnchorMessage,
      contentType: 'application/json',
    },
    publishers: ['credit'],
    durables: [],
    listeners: [],
    bytesMax: 128 * MIB,
    ageMaxDays: 10 * 365,
    isSealed: true,
    isPartitioned: false,
  },
} as const satisfies Record<string, Topic>;

export type TopicName = keyof typeof TOPICS;

/** Returns the topics that a service publishes. */
export function topicsPublishedBy(service: MessagingService): TopicName[] {
  const topics = Object.entries(TOPICS) as [TopicName, Topic][];
  return topics.filter(([, { publishers }]) => publishers.includes(service)).map(([name]) => name);
}
