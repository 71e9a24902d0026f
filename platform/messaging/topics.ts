import { AUDIT_TOPICS } from './audit-topics.ts';
import { CREDIT_TOPICS } from './credit-topics.ts';
import { EVENT_TOPICS } from './event-topics.ts';
import { PARTNER_TOPICS } from './partner-topics.ts';
import { PRIVACY_TOPICS } from './privacy-topics.ts';
import type { MessagingService, Topic } from './topic.ts';

/**
 * THE catalogue of topics, a file for each concern: subjects and streams, messages, and the services that
 * publish and consume them. The streams, the AsyncAPI document and the broker's users are made of it. No
 * other file has subject names.
 */
export const TOPICS = {
  ...EVENT_TOPICS,
  ...CREDIT_TOPICS,
  ...PRIVACY_TOPICS,
  ...PARTNER_TOPICS,
  ...AUDIT_TOPICS,
} as const satisfies Record<string, Topic>;

export type TopicName = keyof typeof TOPICS;

/** Returns the topics that a service publishes. */
export function topicsPublishedBy(service: MessagingService): TopicName[] {
  const topics = Object.entries(TOPICS) as [TopicName, Topic][];
  return topics.filter(([, { publishers }]) => publishers.includes(service)).map(([name]) => name);
}
