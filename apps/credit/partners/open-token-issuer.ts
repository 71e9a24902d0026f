import type { Cache } from '../../../platform/data/cache.ts';
import type { Database } from '../../../platform/data/sql.ts';
import type { Keys } from '../../../platform/http/principal.ts';
import type { Runtime } from '../../../platform/http/runtime.ts';
import type { ConfigOf } from '../../../platform/kernel/config.ts';
import { createAudienceCheck } from '../../../platform/partners/token-audience.ts';
import { type LOGIN_VARIABLES, openLoginLimits } from '../../../platform/sign-in/open-logins.ts';
import { createTokenIssuer, type IssueToken } from './issue-token.ts';

/** Guesses of partners' secrets are limited like those of passwords, by limits of their own. */
export function openTokenIssuer(
  config: ConfigOf<typeof LOGIN_VARIABLES> & { PUBLIC_URL: string | null },
  { metrics, lifecycle }: Runtime,
  { database, cache, keys }: { database: Database; cache: Cache<'credit'>; keys: Keys },
): IssueToken {
  const tokens = metrics.counter({
    name: 'ecs_partner_tokens_total',
    help: 'Requests of partners for a token, by outcome: issued or refused',
    labelNames: ['outcome'],
  });
  return createTokenIssuer({
    database,
    tokens: keys.partners,
    limits: openLoginLimits('partner-login', config, { cache, lifecycle }),
    isAudience: createAudienceCheck(config.PUBLIC_URL),
    onAttempt: (outcome) => tokens.inc({ outcome }),
  });
}
