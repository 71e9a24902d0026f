import { networks } from '../kernel/config.ts';

export const WEBHOOK_VARIABLES = {
  /**
   * Private addresses that webhooks may go to all the same, for development and tests: `127.0.0.0/8,::1`.
   * With it, `http` is taken on loopback.
   */
  WEBHOOK_ALLOW_NETWORKS: networks(),
};
