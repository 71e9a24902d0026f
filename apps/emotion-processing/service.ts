import { createEventDecoder } from '../../platform/consuming/event-decoder.ts';
import { EVENT_WORKER_VARIABLES, openEventWorker } from '../../platform/consuming/event-worker.ts';
import type { Database } from '../../platform/data/sql.ts';
import type { Service } from '../../platform/http/operations.ts';
import type { Runtime } from '../../platform/http/runtime.ts';
import { type ConfigOf, VARIABLES } from '../../platform/kernel/config.ts';
import { EmotionMessage } from '../../platform/messaging/event-topics.ts';
import { createRecordEmotions } from './record-emotions.ts';

export const variables = { ...EVENT_WORKER_VARIABLES, CONSENT_MODE: VARIABLES.CONSENT_MODE };

export function open(config: ConfigOf<typeof variables>, runtime: Runtime): Service {
  const worker = {
    name: 'emotion-processing' as const,
    topic: 'emotions' as const,
    decode: createEventDecoder(EmotionMessage, 'timestamp'),
    createHandle: ({ database }: { database: Database }) =>
      createRecordEmotions({ database, mode: config.CONSENT_MODE }),
  };
  return openEventWorker(worker, config, runtime);
}
