import type {
  ChangeReport,
  CreditInsights,
  EmotionInsights,
  InsightsQuery,
} from '../contracts/operator-insights.ts';
import { OPERATOR_PATHS } from '../contracts/operator-paths.ts';
import type { ApiCall } from '../core/api-call.ts';
import type { CallOptions } from '../core/options.ts';
import type { Transport } from '../core/transport.ts';

/** Figures of the population, never of fewer than 20 customers. */
export interface Insights {
  /** Quantiles by day, by weekday and hour, and by jurisdiction; of 30 days unless told otherwise. */
  emotions(query?: InsightsQuery, options?: CallOptions): ApiCall<EmotionInsights>;
  /** Funnel, terms, denials and effect of emotions; of 12 weeks unless told otherwise. */
  credit(query?: InsightsQuery, options?: CallOptions): ApiCall<CreditInsights>;
  /** The changes of the last 7 complete days that chance does not explain. */
  changes(options?: CallOptions): ApiCall<ChangeReport>;
}

export function createInsights(transport: Transport): Insights {
  const get = <T>(path: string, query: InsightsQuery, options?: CallOptions): ApiCall<T> =>
    transport.request({ method: 'GET', path, query: { ...query }, options });
  return {
    emotions: (query = {}, options) => get(OPERATOR_PATHS.getEmotionInsights, query, options),
    credit: (query = {}, options) => get(OPERATOR_PATHS.getCreditInsights, query, options),
    changes: (options) => get(OPERATOR_PATHS.listChanges, {}, options),
  };
}
