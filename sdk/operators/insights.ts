import type {
  ChangeReport,
  CreditInsights,
  EmotionInsights,
  InsightsQuery,
} from '../contracts/operator-insights.ts';
import * as OPERATOR_PATHS from '../contracts/operator-paths.ts';
import type { ApiCall } from '../core/api-call.ts';
import type { CallOptions } from '../core/options.ts';
import type { Transport } from '../core/transport.ts';

/** Figures of the population, never of fewer than 20 customers. */
export interface Insights {
  /** Returns quantiles by day, by weekday and hour, and by jurisdiction. Default: the last 30 days. */
  emotions(query?: InsightsQuery, options?: CallOptions): ApiCall<EmotionInsights>;
  /** Returns funnel, terms, denials and effect of emotions by week. Default: the last 12 whole weeks. */
  credit(query?: InsightsQuery, options?: CallOptions): ApiCall<CreditInsights>;
  /** Returns the changes of the last 7 complete days that chance does not explain. */
  changes(options?: CallOptions): ApiCall<ChangeReport>;
}

export function createInsights(transport: Transport): Insights {
  const get = <T>(path: string, query: InsightsQuery, options?: CallOptions): ApiCall<T> =>
    transport.request({ method: 'GET', path, query, options });
  return {
    emotions: (query = {}, options) => get(OPERATOR_PATHS.getEmotionInsights, query, options),
    credit: (query = {}, options) => get(OPERATOR_PATHS.getCreditInsights, query, options),
    changes: (options) => get(OPERATOR_PATHS.listChanges, {}, options),
  };
}
