import { createServiceConsumers } from '../../platform/consuming/service-consumers.ts';
import { openServiceDatabase } from '../../platform/data/service-data.ts';
import { openJsonPost } from '../../platform/http/json-post.ts';
import type { Service } from '../../platform/http/operations.ts';
import type { Runtime } from '../../platform/http/runtime.ts';
import {
  ConfigError,
  type ConfigOf,
  httpUrl,
  label,
  oneOf,
  optional,
  VARIABLES,
} from '../../platform/kernel/config.ts';
import { createLineDecoder } from '../../platform/kernel/validation.ts';
import { openServiceBus } from '../../platform/messaging/service-bus.ts';
import { STREAM_VARIABLES } from '../../platform/messaging/stream-config.ts';
import { DecisionMessage } from '../../platform/messaging/credit-topics.ts';
import { createAskModel } from '../../underwriting/model/ask-model.ts';
import {
  faultOfSettings,
  MODEL_INPUTS,
  MODEL_PROTOCOLS,
  modelPath,
} from '../../underwriting/model/model-settings.ts';
import { createChallengeDecisions } from './challenge-decisions.ts';
import { watchAgreement } from './watch-agreement.ts';

const NAME = 'challenger';
/** Longer than the champion's 800 ms: how slow it is has to be seen, not guessed. */
const TIMEOUT_MS = 5000;

export const variables = {
  DATABASE_URL: VARIABLES.DATABASE_URL,
  SQL_POOL_SIZE: VARIABLES.SQL_POOL_SIZE,
  ...STREAM_VARIABLES,
  /** The model that is asked about each recorded decision, and decides none. */
  CHALLENGER_MODEL_URL: httpUrl(),
  CHALLENGER_MODEL_PROTOCOL: oneOf('ecs', ...MODEL_PROTOCOLS),
  CHALLENGER_MODEL_NAME: label(200),
  CHALLENGER_MODEL_VERSION: label(64),
  CHALLENGER_MODEL_SCORE: label(100),
  CHALLENGER_MODEL_INPUT: optional(oneOf('objects', ...MODEL_INPUTS)),
};

export function open(config: ConfigOf<typeof variables>, runtime: Runtime): Service {
  const { metrics } = runtime;
  const database = openServiceDatabase(NAME, config, runtime);
  const { bus, streams } = openServiceBus(NAME, config, runtime);
  const calls = metrics.counter({
    name: 'ecs_challenger_calls_total',
    help: 'Decisions that the challenger was asked about, by outcome: predicted or failed',
    labelNames: ['outcome'],
  });
  const consumers = createServiceConsumers(NAME, { bus, streams, database }, runtime);
  consumers.start('consumer', {
    topic: 'creditDecisions',
    decode: createLineDecoder(DecisionMessage),
    handle: createChallengeDecisions({
      database,
      ask: openModel(config, runtime),
      onAsked: (outcome) => calls.inc({ outcome }),
    }),
  });
  watchAgreement({ database, metrics });
  return {
    name: NAME,
    // Its model is not needed to be ready: decisions wait in the stream.
    checks: { nats: bus.ping, postgresql: database.ping, ...consumers.checks() },
    status: consumers.lags,
  };
}

function openModel(config: ConfigOf<typeof variables>, { log, lifecycle, tls }: Runtime) {
  const url = new URL(config.CHALLENGER_MODEL_URL);
  const settings = {
    protocol: config.CHALLENGER_MODEL_PROTOCOL,
    name: config.CHALLENGER_MODEL_NAME,
    version: config.CHALLENGER_MODEL_VERSION,
    score: config.CHALLENGER_MODEL_SCORE,
    input: config.CHALLENGER_MODEL_INPUT,
  };
  const fault = faultOfSettings(url.pathname, settings);
  if (fault) throw new ConfigError([`CHALLENGER_MODEL_NAME ${fault}`]);
  url.pathname = modelPath(url.pathname, settings);
  const json = openJsonPost({ url, timeoutMs: TIMEOUT_MS, connections: 16, bytesMax: 1024 * 1024, tls });
  lifecycle.onClose(`${NAME} model`, json.close);
  return createAskModel({
    settings,
    post: json.post,
    onSingle: () => log.info('the challenger takes one vector a call'),
  });
}
