import { TOPICS, type TopicName } from './topics.ts';
import { partitionFor, partitionsOf, type StreamLayout } from './topology.ts';

/**
 * The streams that an event may go to: its customer's partition first, and the others while that one has no
 * leader. A stream that took nothing is tried again by one message after a pause, which doubles each time:
 *
 *   led --no PubAck--> avoided --pause--> tried by one message --PubAck--> led
 *                         ^------------------- no PubAck ----------'
 */
export interface StreamRoutes {
  /** Returns the destination of a customer's events. */
  destinationOf(topic: TopicName, userId: string): Destination;
  /** Returns the subjects of a destination in the order in which they are tried now. */
  orderOf(subjects: readonly string[]): readonly string[];
  /** Notes that a subject's stream did not take a message. */
  markLeaderless(subject: string): void;
  /** Notes that a subject's stream keeps a message. */
  markLed(subject: string): void;
}

export interface Destination {
  topic: TopicName;
  /** Of the customer's own partition. */
  subject: string;
  /** Of all partitions, that one first. */
  subjects: readonly string[];
}

const PAUSE_MS = { shortest: 500, longest: 4000 };

export function createStreamRoutes(
  layout: StreamLayout | null,
  nowMs: () => number = () => performance.now(),
): StreamRoutes {
  const partitions = layout?.partitions ?? 1;
  const destinations = new Map<TopicName, Destination[]>();
  const avoided = new Map<string, { untilMs: number; pauseMs: number }>();

  const destinationsOf = (topic: TopicName): Destination[] => {
    const existing = destinations.get(topic);
    if (existing) return existing;
    const subjects = partitionsOf(TOPICS[topic], { partitions }).map(({ subject }) => subject);
    const list = subjects.map((subject, at) => ({
      topic,
      subject,
      subjects: [...subjects.slice(at), ...subjects.slice(0, at)],
    }));
    destinations.set(topic, list);
    return list;
  };

  return {
    destinationOf(topic, userId) {
      const partition = layout ? partitionFor(TOPICS[topic], userId, layout) : 0;
      return destinationsOf(topic)[partition] as Destination;
    },
    orderOf(subjects) {
      if (avoided.size === 0 || subjects.length === 1) return subjects;
      const now = nowMs();
      const isAvoided = (subject: string) => now < (avoided.get(subject)?.untilMs ?? 0);
      const order = [
        ...subjects.filter((subject) => !isAvoided(subject)),
        ...subjects.filter((subject) => isAvoided(subject)),
      ];
      const first = avoided.get(order[0] ?? '');
      // This message tries it; the others wait for the result.
      if (first && now >= first.untilMs) {
        first.pauseMs = Math.min(2 * first.pauseMs, PAUSE_MS.longest);
        first.untilMs = now + first.pauseMs;
      }
      return order;
    },
    markLeaderless(subject) {
      if (avoided.has(subject)) return;
      avoided.set(subject, { untilMs: nowMs() + PAUSE_MS.shortest, pauseMs: PAUSE_MS.shortest });
    },
    markLed: (subject) => void (avoided.size > 0 && avoided.delete(subject)),
  };
}
