import type { Bus } from '../../platform/messaging/bus.ts';
import { followKeyed } from '../../platform/messaging/follow-keyed.ts';
import { createNewestStates } from '../../platform/messaging/newest-states.ts';
import { ConsentMessage } from '../../platform/messaging/privacy-topics.ts';
import type { ConsentProblem } from '../../platform/ingestion/ingest.ts';
import type { ConsentMode } from '../../platform/kernel/consent-mode.ts';
import type { Lifecycle } from '../../platform/kernel/lifecycle.ts';
import type { Logger } from '../../platform/kernel/log.ts';
import type { CustomerHash } from '../../platform/privacy/customer-hash.ts';

/** The consents to `emotion_capture`, as this process knows them. */
export interface CaptureConsents {
  /** Resolves once they are complete; throws AppError 503 when that takes too long. */
  loaded(): Promise<void>;
  isLoaded(): boolean;
  /** Null where the customer's emotions may be taken. */
  consentProblemOf(userId: string): ConsentProblem | null;
}

/** Follows the consents that the topic keeps; a change is known here well within a second. */
export function followCaptureConsents(options: {
  bus: Bus;
  mode: ConsentMode;
  hashOf: CustomerHash;
  lifecycle: Lifecycle;
  log: Logger;
}): CaptureConsents {
  const consents = createCaptureConsents(options);
  const { isLoaded, loaded } = followKeyed({
    ...options,
    topic: 'customerConsents',
    visit: consents.change,
  });
  return { isLoaded, loaded, consentProblemOf: consents.consentProblemOf };
}

/** Some 150 bytes per customer with a consent given or withdrawn. */
export function createCaptureConsents({ mode, hashOf }: { mode: ConsentMode; hashOf: CustomerHash }) {
  const { states, change } = createNewestStates(
    ConsentMessage,
    ({ customerHash, emotionCapture: isGiven, version }) =>
      isGiven === undefined ? null : [customerHash, { isGiven, version }],
  );
  return {
    change,
    consentProblemOf(userId: string): ConsentProblem | null {
      const consent = states.size === 0 ? undefined : states.get(hashOf(userId));
      if (consent?.isGiven === true) return null;
      if (consent !== undefined) return 'consent_withdrawn';
      return mode === 'required' ? 'consent_missing' : null;
    },
  };
}
