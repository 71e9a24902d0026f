import { Elysia } from 'elysia';
import { ENDPOINTS } from '../../../sdk/contracts/endpoints.ts';
import type { InsightsQuery } from '../../../sdk/contracts/operator-insights.ts';
import type { Database } from '../../../platform/data/sql.ts';
import { type Contract, contract } from '../../../platform/http/contract.ts';
import { elysiaPath } from '../../../platform/http/http.ts';
import { readCreditInsights } from './credit-insights.ts';
import { dailySeries } from './daily-series.ts';
import { readEmotionInsights } from './emotion-insights.ts';
import { FALSE_DISCOVERY_RATE, findChanges, WEEKS_BEFORE } from './find-changes.ts';
import { selectDecisionCells } from './insight-store.ts';
import { createMoodDays } from './mood-days.ts';
import { periodOf, wholeWeeks, dayBefore } from './period.ts';

export interface InsightFlows {
  database: Database;
}

export function insightRoutes(plugin: Contract, { database }: InsightFlows) {
  const { getEmotionInsights, getCreditInsights, listChanges } = ENDPOINTS;
  const readMoodDays = createMoodDays(database);
  return new Elysia({ name: 'insights' })
    .use(plugin)
    .get(
      elysiaPath(getEmotionInsights.path),
      async ({ query }: { query: InsightsQuery }) => ({
        ...(await readEmotionInsights(readMoodDays, periodOf(query, { days: 30, daysMax: 100 }))),
      }),
      contract(getEmotionInsights),
    )
    .get(
      elysiaPath(getCreditInsights.path),
      async ({ query }: { query: InsightsQuery }) => ({
        ...(await readCreditInsights(database, wholeWeeks(periodOf(query, { days: 84, daysMax: 371 })))),
      }),
      contract(getCreditInsights),
    )
    .get(
      elysiaPath(listChanges.path),
      async () => {
        const last = dayBefore(new Date(), 1);
        const period = { from: dayBefore(new Date(), 7 * (WEEKS_BEFORE + 1)), to: last, jurisdiction: null };
        const [moodDays, cells] = await Promise.all([
          readMoodDays(period),
          selectDecisionCells(database, 'day', period),
        ]);
        const { comparisons, tooShort, changes } = findChanges(dailySeries(moodDays, cells), last);
        return {
          from: dayBefore(new Date(), 7),
          to: last,
          weeks_before: WEEKS_BEFORE,
          comparisons,
          too_short: tooShort,
          false_discovery_rate: FALSE_DISCOVERY_RATE,
          changes,
        };
      },
      contract(listChanges),
    );
}
