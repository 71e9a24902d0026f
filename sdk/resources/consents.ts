import type { Consent, ConsentPurpose } from '../contracts/consent.ts';
import * as PATHS from '../contracts/paths.ts';
import type { ApiCall } from '../core/api-call.ts';
import type { CallOptions } from '../core/options.ts';
import type { Transport } from '../core/transport.ts';

export interface Consents {
  /**
   * The customer's consent to a purpose: `granted` is null where the customer has not said.
   *
   * @example
   * const { granted } = await ecs.consents.get(userId, 'emotion_scoring');
   * @throws NotFoundError `user_not_found`, `purpose_not_found`
   */
  get(userId: string, purpose: ConsentPurpose, options?: CallOptions): ApiCall<Consent>;
  /**
   * Gives the consent to a purpose; `textVersion` names the text that the customer was shown. The same again
   * changes nothing.
   *
   * @example
   * await ecs.consents.give(userId, 'emotion_capture', '2026-11');
   * @throws ValidationError
   */
  give(userId: string, purpose: ConsentPurpose, textVersion: string, options?: CallOptions): ApiCall<Consent>;
  /**
   * Withdraws the consent to a purpose; it takes effect within a second. Events and analyses that need it are
   * rejected with PermissionError `consent_withdrawn` from then on.
   *
   * @example
   * await ecs.consents.withdraw(userId, 'emotion_capture', '2026-11');
   * @throws ValidationError
   */
  withdraw(
    userId: string,
    purpose: ConsentPurpose,
    textVersion: string,
    options?: CallOptions,
  ): ApiCall<Consent>;
}

export function createConsents(transport: Transport): Consents {
  const put = (granted: boolean): Consents['give'] => {
    return (userId, purpose, textVersion, options) =>
      transport.request({
        method: 'PUT',
        path: PATHS.putConsent,
        params: { user_id: userId, purpose },
        json: { granted, text_version: textVersion },
        options,
      });
  };
  return {
    get: (userId, purpose, options) =>
      transport.request({
        method: 'GET',
        path: PATHS.getConsent,
        params: { user_id: userId, purpose },
        options,
      }),
    give: put(true),
    withdraw: put(false),
  };
}
