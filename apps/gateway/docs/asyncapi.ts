import type { Topic } from '../../../platform/messaging/topic.ts';
import { TOPICS, type TopicName } from '../../../platform/messaging/topics.ts';
import {
  ageMaxDaysOf,
  DEAD_LETTERS,
  deadLetterSubject,
  STREAM_LIMITS,
  subjectFor,
} from '../../../platform/messaging/topology.ts';
import { createSchemas, type Schemas } from './schemas.ts';

/** Makes the AsyncAPI 3.0 document from the topics and the schemas of their messages. */
export function createAsyncApi(version: string) {
  const schemas = createSchemas();
  const topics = Object.keys(TOPICS) as TopicName[];
  return {
    asyncapi: '3.0.0',
    info: {
      title: 'Empathic Credit System: subjects',
      version,
      description: 'The messages on NATS JetStream. Delivered at least once: a repeated one has the same id.',
      license: { name: 'MIT', url: 'https://opensource.org/license/mit' },
    },
    defaultContentType: 'application/json',
    channels: {
      ...Object.fromEntries(topics.map((name) => [name, channelOf(name)])),
      deadLetters: {
        address: deadLetterSubject('{stream}'),
        description:
          `Messages and lines that cannot be handled, as they were (stream ${DEAD_LETTERS.stream}). Many ` +
          'lines of one stream and code share a message, on the subject with their number at its end; its ' +
          'header Ecs-Lines has the sequence, line and length of each. The oldest make room for the newest.',
        parameters: { stream: { description: 'The stream it came from.' } },
        messages: { DeadLetter: { $ref: '#/components/messages/DeadLetter' } },
      },
    },
    operations: Object.fromEntries(topics.flatMap(operationsOf)),
    components: {
      messages: {
        ...Object.fromEntries(topics.map((name) => [TOPICS[name].message.name, messageOf(name, schemas)])),
        DeadLetter: {
          title: 'The original bytes; headers have subject, sequence, deliveries, code and cause',
          payload: {},
        },
      },
      schemas: schemas.components(),
      securitySchemes: { user: { type: 'userPassword', description: 'Each service has its own NATS user.' } },
    },
  };
}

const KEYS = {
  customerHash: { holder: 'customer', description: "Of the customer's id, with the key of erasures." },
  partnerId: { holder: 'partner', description: 'The client id.' },
};

function channelOf(name: TopicName) {
  const topic: Topic = TOPICS[name];
  const { stream, bytesMax, keyedBy } = topic;
  const { duplicateWindowMinutes, messageBytesMax } = STREAM_LIMITS;
  const ageMaxDays = ageMaxDaysOf(topic);
  const message = TOPICS[name].message.name;
  const size = `${bytesMax / 1024 / 1024} MiB`;
  const kept = keyedBy ? `the newest message of each ${KEYS[keyedBy].holder}` : `${ageMaxDays} days`;
  return {
    address: subjectFor(topic, `{${keyedBy}}`),
    ...(keyedBy ? { parameters: { [keyedBy]: { description: KEYS[keyedBy].description } } } : {}),
    description: `Stream ${stream}: on disk, ${kept}${keyedBy ? ',' : ' or'} ${size}.`,
    messages: { [message]: { $ref: `#/components/messages/${message}` } },
    'x-stream': {
      name: stream,
      bytesMax,
      ageMaxDays,
      duplicateWindowMinutes,
      messageBytesMax,
    },
  };
}

function operationsOf(name: TopicName): [string, unknown][] {
  const { durables } = TOPICS[name];
  const channel = { $ref: `#/channels/${name}` };
  const security = [{ $ref: '#/components/securitySchemes/user' }];
  const { title } = TOPICS[name].message;
  const send: [string, unknown] = [`${name}.send`, { action: 'send', channel, title, security }];
  const receives = durables.map((durable, index): [string, unknown] => [
    index === 0 ? `${name}.receive` : `${name}.receive-${durable}`,
    { action: 'receive', channel, title: `Durable consumer ${durable}`, security },
  ]);
  return [send, ...receives];
}

function messageOf(topic: TopicName, schemas: Schemas) {
  const { name, schema, contentType, title } = TOPICS[topic].message;
  return {
    name,
    title,
    contentType,
    headers: {
      type: 'object',
      properties: {
        'Nats-Msg-Id': {
          type: 'string',
          description: 'A repeated id within the window is not stored again.',
        },
      },
    },
    payload: schemas.of(schema),
  };
}
