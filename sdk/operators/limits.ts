import type { ClosedLimit } from '../contracts/operator-credit.ts';
import * as OPERATOR_PATHS from '../contracts/operator-paths.ts';
import type { ApiCall } from '../core/api-call.ts';
import type { WriteOptions } from '../core/options.ts';
import type { Transport } from '../core/transport.ts';

export interface Limits {
  /**
   * Role `operator`: closes an active limit; its customer is notified, and the reason is in the audit log.
   *
   * @throws NotFoundError `offer_not_found`, ConflictError `offer_not_open`
   */
  close(offerId: string, reason: string, options?: WriteOptions): ApiCall<ClosedLimit>;
}

export function createLimits(transport: Transport): Limits {
  return {
    close: (offerId, reason, options) =>
      transport.request({
        method: 'POST',
        path: OPERATOR_PATHS.closeLimitAsOperator,
        params: { offer_id: offerId },
        json: { reason },
        options,
      }),
  };
}
