import type { PartnerAccess } from '../http/partner-access.ts';
import { partnerIn } from '../http/partner-access.ts';
import type { Lifecycle } from '../kernel/lifecycle.ts';
import type { Logger } from '../kernel/log.ts';
import type { Bus } from '../messaging/bus.ts';
import { followKeyed } from '../messaging/follow-keyed.ts';
import { createNewestStates } from '../messaging/newest-states.ts';
import { PartnerStateMessage } from '../messaging/partner-topics.ts';

/**
 * The partners as a service without a database knows them: a change is known here well within a second. A
 * partner that it has not heard of yet is as its token says, which the database has made a moment ago.
 */
export function followPartners(deps: { bus: Bus; lifecycle: Lifecycle; log: Logger }): PartnerAccess {
  const partners = createPartnerStates();
  const { isLoaded, loaded } = followKeyed({ ...deps, topic: 'partnerStates', visit: partners.change });
  return {
    current: (partner) =>
      isLoaded() ? partners.current(partner) : loaded().then(() => partners.current(partner)),
  };
}

function createPartnerStates() {
  const { states, change } = createNewestStates(PartnerStateMessage, (state) => [state.partnerId, state]);
  return {
    change,
    current(partner: Parameters<PartnerAccess['current']>[0]) {
      const state = states.get(partner.id);
      // A token of a later version was made after the change that has not come yet.
      if (state === undefined || state.tokenVersion < partner.tokenVersion) return partner;
      return partnerIn(partner, state);
    },
  };
}
