import {
  type Consent,
  type ConsentChange,
  type ConsentPurpose,
  type Consents,
  unsaidConsent,
} from '../contracts/consent.ts';
import { userIdOf } from './principal.ts';
import { problem } from './problems.ts';
import type { Handlers } from './request-handler.ts';
import { type FakeState, isoTime } from './state.ts';

/** Consents, which take effect at once, under the `CONSENT_MODE` `recorded`. */
export function createConsents(state: FakeState): Pick<Handlers, 'getConsent' | 'putConsent'> {
  return {
    getConsent({ principal, params }) {
      const purpose = params.purpose as ConsentPurpose;
      return consentsOf(state, requireUser(state, userIdOf(principal)))[purpose] ?? unsaidConsent(purpose);
    },

    putConsent({ principal, params, body }) {
      const purpose = params.purpose as ConsentPurpose;
      const userId = requireUser(state, userIdOf(principal));
      const { [purpose]: before = unsaidConsent(purpose), ...others } = consentsOf(state, userId);
      const consent = changed(before, body as ConsentChange, isoTime(state.now()));
      state.consents.set(userId, { ...others, [purpose]: consent });
      if (consent !== before) state.latestAnalyses.delete(userId);
      return consent;
    },
  };
}

/** The consents that a customer has given or withdrawn, by purpose. */
export const consentsOf = (state: FakeState, userId: string): Consents => state.consents.get(userId) ?? {};

/** Whether the customer has withdrawn a consent; false where the customer has not said. */
export function isWithdrawn(state: FakeState, userId: string, purpose: ConsentPurpose): boolean {
  return consentsOf(state, userId)[purpose]?.granted === false;
}

function changed(before: Consent, { granted, text_version }: ConsentChange, now: string): Consent {
  if (before.granted === granted && before.text_version === text_version) return before;
  const given_at = granted ? now : before.given_at;
  return {
    purpose: before.purpose,
    granted,
    text_version,
    given_at,
    withdrawn_at: granted ? null : (before.withdrawn_at ?? now),
  };
}

function requireUser(state: FakeState, userId: string): string {
  if (!state.users.has(userId)) throw problem('user_not_found');
  return userId;
}
