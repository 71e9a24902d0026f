import type { Bus } from '../../platform/messaging/bus.ts';
import { followKeyed } from '../../platform/messaging/follow-keyed.ts';
import { ConsentMessage } from '../../platform/messaging/privacy-topics.ts';
import type { ConsentProblem } from '../../platform/ingestion/ingest.ts';
import type { ConsentMode } from '../../platform/kernel/consent-mode.ts';
import type { Lifecycle } from '../../platform/kernel/lifecycle.ts';
import type { Logger } from '../../platform/kernel/log.ts';
import type { CustomerHash } from '../../platform/privacy/customer-hash.ts';
import { createValidator } from '../../platform/kernel/validation.ts';

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
  const consents = new Map<string, { isGiven: boolean; version: number }>();
  const validator = createValidator(ConsentMessage);
  return {
    change(message: unknown): void {
      const checked = validator.check(message);
      if (!checked.ok) return;
      const { customerHash, emotionCapture: isGiven, version } = checked.value;
      if (isGiven === undefined) return;
      const previous = consents.get(customerHash);
      if (previous === undefined || previous.version < version) {
        consents.set(customerHash, { isGiven, version });
      }
    },
    consentProblemOf(userId: string): ConsentProblem | null {
      const consent = consents.size === 0 ? undefined : consents.get(hashOf(userId));
      if (consent?.isGiven === true) return null;
      if (consent !== undefined) return 'consent_withdrawn';
      return mode === 'required' ? 'consent_missing' : null;
    },
  };
}
