import { DEAD_LETTER_DROPS, DEAD_LETTERS, deadLetterSubject, partitionsOf, subjectsOf } from './topology.ts';
import { TOPICS } from './topics.ts';
import type { MessagingService, Topic } from './topic.ts';

/**
 * Returns deploy/nats/users.conf: one user per service, with its subjects and no others, for so many
 * partitions of each partitioned topic.
 */
export function brokerUsers(partitions: number): string {
  const topics = Object.values<Topic>(TOPICS).map((topic) => ({
    ...topic,
    partitions: partitionsOf(topic, { partitions }),
  }));
  const services = [...new Set(topics.flatMap(servicesOf)), BACK_OFFICE] as const;
  return [
    '# Made by `npm run documents` of the catalogue of topics. One user per service, with its subjects and',
    '# no others. Passwords come from the environment. For 4 partitions: deploy/nats/users.ts 4',
    'authorization {',
    '  users: [',
    ...services.map((service) => (service === BACK_OFFICE ? backOffice(topics) : userOf(service, topics))),
    '    # Operators: dead letters, tail, doctor.',
    '    { user: operator, password: $OPERATOR_PASSWORD }',
    '  ]',
    '}',
    '',
  ].join('\n');
}

/** Replays, drops and reads dead letters for operators, and touches no other stream. */
const BACK_OFFICE = 'back-office';

/** The one that may make streams and durable consumers. It handles no message and deletes no stream. */
const KEEPER = 'stream-keeper';

/** The one that may read every stream, take lines of customers out, and publish what remains of a message. */
const ERASER: MessagingService = 'privacy';

type PartitionedTopic = Topic & { partitions: Topic[] };

function servicesOf({ publishers, durables, listeners, followers = [] }: Topic) {
  return [KEEPER, ...publishers, ...durables, ...listeners, ...followers] as const;
}

function userOf(service: MessagingService | typeof KEEPER, topics: PartitionedTopic[]): string {
  const isOf = (services: readonly (string | null)[]) => services.includes(service);
  const publishes =
    service === KEEPER
      ? keeps(topics)
      : topics.flatMap((topic) => [
          ...(service === ERASER ? topic.partitions.flatMap(erasing) : []),
          ...(topic.isSealed && isOf(topic.listeners) ? topic.partitions.flatMap(catchingUp) : []),
          ...(isOf(topic.publishers) ? topic.partitions.flatMap(publishing) : []),
          ...(isOf(topic.durables) ? consuming(service, topic) : []),
          ...(isOf(topic.followers ?? []) ? following(topic) : []),
        ]);
  const listens = topics.filter(({ listeners }) => isOf(listeners));
  const subjects = listens.flatMap((topic) => topic.partitions.map(({ subject }) => subject));
  return userWith(service, publishes, subjects);
}

function userWith(service: string, publishes: string[], subjects: string[]): string {
  return `    {
      user: ${service}, password: $${service.toUpperCase().replaceAll('-', '_')}_PASSWORD
      permissions: {
        publish: [
${[...new Set(publishes)].map((subject) => `          "${subject}"\n`).join('')}        ]
        subscribe: [${[...subjects, `_INBOX_${service}.>`].map((subject) => `"${subject}"`).join(', ')}]
      }
    }`;
}

/** Replays go to where letters came from; what is left of a letter's message is a letter again. */
function backOffice(topics: PartitionedTopic[]): string {
  const consumed = topics.filter(({ durables }) => durables.length > 0);
  const reading = [DEAD_LETTERS.stream, DEAD_LETTER_DROPS.stream].flatMap((stream) => [
    `$JS.API.STREAM.INFO.${stream}`,
    `$JS.API.CONSUMER.CREATE.${stream}.>`,
    `$JS.API.CONSUMER.INFO.${stream}.>`,
    `$JS.API.CONSUMER.MSG.NEXT.${stream}.>`,
    `$JS.API.CONSUMER.DELETE.${stream}.>`,
  ]);
  return userWith(
    BACK_OFFICE,
    [
      ...consumed.flatMap(({ partitions }) => partitions.map(({ subject }) => subject)),
      DEAD_LETTERS.subjects,
      DEAD_LETTER_DROPS.subject,
      ...reading,
      `$JS.API.STREAM.MSG.GET.${DEAD_LETTERS.stream}`,
      `$JS.API.STREAM.MSG.DELETE.${DEAD_LETTERS.stream}`,
      // Made with the first drop.
      `$JS.API.STREAM.CREATE.${DEAD_LETTER_DROPS.stream}`,
    ],
    [],
  );
}

/** Its subject, and whether its stream is there. */
function publishing(topic: Topic): string[] {
  const { stream } = topic;
  return [subjectsOf(topic), `$JS.API.STREAM.INFO.${stream}`];
}

/** Its own reader of the stream, which the broker forgets. */
function following({ stream }: Topic): string[] {
  return [
    `$JS.API.CONSUMER.CREATE.${stream}`,
    `$JS.API.CONSUMER.CREATE.${stream}.>`,
    `$JS.API.CONSUMER.DELETE.${stream}.>`,
    `$JS.API.CONSUMER.INFO.${stream}.>`,
    `$JS.API.CONSUMER.MSG.NEXT.${stream}.>`,
    `$JS.API.STREAM.INFO.${stream}`,
  ];
}

/**
 * Reading by a consumer of its own, and deleting single messages; the same of dead letters. The ledger of
 * erasures is read alone.
 */
function erasing(topic: Topic): string[] {
  const { stream, isSealed, keyedBy } = topic;
  const readingOf = (name: string) => [
    `$JS.API.STREAM.INFO.${name}`,
    `$JS.API.STREAM.MSG.GET.${name}`,
    ...['CREATE', 'INFO', 'MSG.NEXT', 'DELETE'].map((action) => `$JS.API.CONSUMER.${action}.${name}.>`),
  ];
  const deletion = (name: string) => `$JS.API.STREAM.MSG.DELETE.${name}`;
  if (stream === TOPICS.customerErasures.stream) return readingOf(stream);
  if (isSealed || keyedBy === 'partnerId') return [];
  const deadLetters = [
    DEAD_LETTERS.subjects,
    ...readingOf(DEAD_LETTERS.stream),
    deletion(DEAD_LETTERS.stream),
  ];
  return [subjectsOf(topic), ...readingOf(stream), deletion(stream), '$JS.API.STREAM.NAMES', ...deadLetters];
}

/** Single messages that a listener may have missed. */
function catchingUp({ stream }: Topic): string[] {
  return [`$JS.API.STREAM.INFO.${stream}`, `$JS.API.STREAM.MSG.GET.${stream}`];
}

/** Its own consumer's messages, their dead letters, and making room in its own stream, bystanders aside. */
function consuming(durable: MessagingService, topic: PartitionedTopic): string[] {
  const { partitions, durables, bystanders } = topic;
  // Only messages that all durables have acknowledged make room.
  const makingRoom = (stream: string) => [
    `$JS.API.STREAM.PURGE.${stream}`,
    ...durables.map((other) => `$JS.API.CONSUMER.INFO.${stream}.${other}`),
  ];
  const ofPartition = ({ stream }: Topic) => [
    deadLetterSubject(stream),
    `${deadLetterSubject(stream)}.*`,
    `$JS.ACK.${stream}.${durable}.>`,
    `$JS.API.CONSUMER.INFO.${stream}.${durable}`,
    `$JS.API.CONSUMER.MSG.NEXT.${stream}.${durable}`,
    `$JS.API.STREAM.INFO.${stream}`,
    ...(bystanders?.includes(durable) ? [] : makingRoom(stream)),
  ];
  return [...partitions.flatMap(ofPartition), `$JS.API.STREAM.INFO.${DEAD_LETTERS.stream}`];
}

/** Every stream with its consumer; and all of them, to tell how much room is left. */
function keeps(topics: PartitionedTopic[]): string[] {
  const stream = (name: string) =>
    ['INFO', 'CREATE', 'UPDATE'].map((action) => `$JS.API.STREAM.${action}.${name}`);
  const consumer = (name: string, durable: string) => [
    `$JS.API.CONSUMER.INFO.${name}.${durable}`,
    `$JS.API.CONSUMER.CREATE.${name}.${durable}.>`,
    `$JS.API.CONSUMER.CREATE.${name}.${durable}`,
    `$JS.API.CONSUMER.DURABLE.CREATE.${name}.${durable}`,
    `$JS.API.CONSUMER.DELETE.${name}.${durable}`,
  ];
  const partitions = topics.flatMap((topic) => topic.partitions);
  return [
    ...partitions.flatMap((topic) => [
      ...stream(topic.stream),
      ...(topic.isPartitioned ? [`$JS.API.STREAM.LEADER.STEPDOWN.${topic.stream}`] : []),
      ...topic.durables.flatMap((durable) => consumer(topic.stream, durable)),
    ]),
    ...stream(DEAD_LETTERS.stream),
    '$JS.API.INFO',
    '$JS.API.STREAM.LIST',
  ];
}
