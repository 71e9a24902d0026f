import { brokerWiped, streamFull } from './broker-faults.ts';
import { CLUSTER_DRILLS } from './cluster.ts';
import { CRASH_POINTS } from './crash-points.ts';
import { deadLettersFull } from './dead-letters-full.ts';
import { consentWithdrawn, consentWithdrawnKills } from './consent-withdrawn.ts';
import type { Drill } from './drill.ts';
import { duplicates } from './duplicates.ts';
import { erasure } from './erasure.ts';
import { freshAnalyses } from './fresh-analyses.ts';
import { greedyBatches } from './greedy-batches.ts';
import { histories } from './histories.ts';
import { loginAttack } from './login-attack.ts';
import { longNight } from './long-night.ts';
import { MODEL_DRILLS } from './model.ts';
import { OPEN_STREAMS } from './open-streams.ts';
import { poisonFlood } from './poison-flood.ts';
import { overload } from './overload.ts';
import { poison } from './poison.ts';
import { diskFails, powerCut } from './power-cut.ts';
import { primaryKilled } from './primary-killed.ts';
import {
  backendsTerminated,
  frozen,
  keptDown,
  killStorm,
  killStormPartitioned,
  killStormReplicated,
  machineKilled,
  redisAbsent,
  rollingRestart,
  stopped,
} from './process-faults.ts';
import { connectionsReset } from './resets.ts';
import { SLOW_BODIES } from './slow-bodies.ts';
import { webhookReceiverDown } from './webhook-receiver-down.ts';

export const DRILLS: Drill[] = [
  killStorm,
  killStormPartitioned,
  killStormReplicated,
  machineKilled,
  rollingRestart,
  brokerWiped,
  poison,
  poisonFlood,
  deadLettersFull,
  duplicates,
  backendsTerminated,
  frozen('postgresql', 10_000),
  frozen('nats', 5000),
  frozen('redis', 5000),
  redisAbsent,
  freshAnalyses,
  erasure,
  keptDown('postgresql', 20_000),
  keptDown('nats', 10_000),
  streamFull,
  overload,
  ...SLOW_BODIES,
  ...OPEN_STREAMS,
  loginAttack,
  greedyBatches,
  consentWithdrawn,
  consentWithdrawnKills,
  powerCut,
  diskFails,
  connectionsReset,
  webhookReceiverDown,
  histories,
  longNight,
  stopped('emotion-processing'),
  stopped('credit-application'),
  ...MODEL_DRILLS,
  ...CLUSTER_DRILLS,
  primaryKilled,
  ...CRASH_POINTS,
];
