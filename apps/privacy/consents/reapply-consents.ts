import { CONSENT_PURPOSES } from '../../../sdk/contracts/consent.ts';
import type { Database } from '../../../platform/data/sql.ts';
import type { Lifecycle } from '../../../platform/kernel/lifecycle.ts';
import { errorFields, type Logger } from '../../../platform/kernel/log.ts';
import { startLoop } from '../../../platform/kernel/loop.ts';
import { createValidator } from '../../../platform/kernel/validation.ts';
import type { Bus } from '../../../platform/messaging/bus.ts';
import { ConsentMessage } from '../../../platform/messaging/privacy-topics.ts';
import { readStream } from '../../../platform/messaging/read-stream.ts';
import { TOPICS } from '../../../platform/messaging/topics.ts';
import { consentKey } from '../../../platform/privacy/consent-key.ts';
import type { CustomerHash } from '../../../platform/privacy/customer-hash.ts';
import { pagesOfCustomerIds } from '../../../platform/privacy/ledger-store.ts';
import {
  type ConsentState,
  insertForgottenConsents,
  selectIdentity,
  selectTextVersions,
} from './consent-store.ts';

/**
 * A database that is restored from a dump has forgotten the consents that its customers gave and withdrew
 * since; the stream keeps the newest state of each consent. Without it a withdrawal would be undone, and
 * nobody would know of it.
 */
interface Deps {
  database: Database;
  bus: Bus;
  hashOf: CustomerHash;
}

const EVERY_MS = 30_000;
const RETRY_MS = 5000;
const IDS_PER_PAGE = 1000;
/** Of a withdrawal whose text the database has not. */
const UNKNOWN_TEXT = 'unknown';

/** Compares at the start, and when the database may be another one: in each round it would cost too much. */
export function startConsentKeeper(options: Deps & { lifecycle: Lifecycle; log: Logger }): void {
  const { database, lifecycle, log } = options;
  let compared = '';
  startLoop({
    name: 'consents',
    everyMs: EVERY_MS,
    retryMs: RETRY_MS,
    lifecycle,
    work: async () => {
      const identity = await selectIdentity(database);
      if (identity === compared) return;
      const count = await reapplyConsents(options);
      if (count > 0) log.warn({ count }, 'a restored database had forgotten consents: they are as they were');
      compared = identity;
    },
    onFailure: (error) => log.debug(errorFields(error), 'cannot compare the consents with their stream'),
  });
}

/**
 * Brings back the consents that are newer in the stream; returns how many. A given one comes back only where
 * the database has the text that the customer was shown: else nobody could say what was agreed to.
 */
export async function reapplyConsents({ database, bus, hashOf }: Deps): Promise<number> {
  const texts = await selectTextVersions(database);
  const states = await readStates(bus, new Map(texts.map((text) => [hashOf(text), text])));
  if (states.size === 0) return 0;
  let count = 0;
  for await (const ids of pagesOfCustomerIds(database, IDS_PER_PAGE)) {
    const candidates = ids.flatMap((userId) =>
      CONSENT_PURPOSES.flatMap((purpose): ConsentState[] => {
        const state = states.get(hashOf(consentKey(userId, purpose)));
        return state ? [{ userId, purpose, ...state }] : [];
      }),
    );
    count += await insertForgottenConsents(database, candidates);
  }
  return count;
}

type KeptState = Omit<ConsentState, 'userId' | 'purpose'>;

/** Returns the states by the hash of customer and purpose; `texts` has versions of texts by their hashes. */
async function readStates(bus: Bus, texts: Map<string, string>): Promise<Map<string, KeptState>> {
  const states = new Map<string, KeptState>();
  const validator = createValidator(ConsentMessage);
  await readStream(bus, TOPICS.customerConsents.stream, { mustBeWhole: true }, ({ data }) => {
    const checked = validator.check(JSON.parse(new TextDecoder().decode(data)));
    if (!checked.ok) return true;
    const { customerHash, emotionCapture, version, textHash = '' } = checked.value;
    const granted = checked.value.granted ?? emotionCapture;
    const textVersion = texts.get(textHash) ?? (granted === false ? UNKNOWN_TEXT : undefined);
    if (granted !== undefined && textVersion !== undefined)
      states.set(customerHash, { granted, textVersion, version });
    // The newest state counts alone, also one that cannot come back.
    else states.delete(customerHash);
    return true;
  });
  return states;
}
