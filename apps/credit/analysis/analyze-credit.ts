import { type Static, Type } from '@sinclair/typebox';
import { LRUCache } from 'lru-cache';
import { CreditAnalysis } from '../../../sdk/contracts/credit.ts';
import type { Cache } from '../../../platform/data/cache.ts';
import type { ConsentMode } from '../../../platform/kernel/consent-mode.ts';
import { problem } from '../../../platform/kernel/errors.ts';
import { pause } from '../../../platform/kernel/lifecycle.ts';
import { createSharedLookup } from '../../../platform/resilience/shared-lookup.ts';
import { createSingleFlight } from '../../../platform/resilience/single-flight.ts';
import type { Database } from '../../../platform/data/sql.ts';
import { toCreditAnalysis } from '../../../underwriting/analysis.ts';
import type { ActivePolicies } from '../policies/active-policies.ts';
import { createDecideCredit, type Decided } from './decide-credit.ts';
import { createReadFacts } from './read-facts.ts';
import type { RiskModel } from './risk-model.ts';
import { selectFactsVersions } from './analysis-store.ts';
import { monotonicMs } from '../../../platform/kernel/monotonic-ms.ts';

/** Bounds the wait for another replica's analysis; longer than a call of the model may take. */
const FLIGHT_MS = 1000;
const FLIGHT_POLL_MS = 25;
const ATTEMPTS = 5;

/** Customers with a cached analysis in this process, about 1 KB each. */
const RECENT_MAX = 10_000;

/**
 * The credit analysis: the cached one, while the facts, the policy and the exposure are those it was made of,
 * else a decision (decide-credit.ts).
 *
 * No result rests on facts older than those stored when the request came, or is one that the database does
 * not have. The database counts the changes of the facts, and records one of several concurrent analyses; the
 * cache and the single flight only save work.
 */
export function createAnalyzeCredit(deps: {
  database: Database;
  /** Where facts are read from; null reads them from the database itself. */
  replica?: Database | null;
  cache: Cache<'credit'>;
  policies: ActivePolicies;
  riskModel: RiskModel;
  defaultJurisdiction?: string | null;
  publishesApprovals?: boolean;
  consentMode?: ConsentMode;
}) {
  const { database, replica = null, cache, policies, riskModel, defaultJurisdiction = null } = deps;
  const { consentMode = 'recorded' } = deps;
  const readFacts = createReadFacts({ database, replica });
  const decideCredit = createDecideCredit({
    database,
    readFacts,
    policies,
    riskModel,
    defaultJurisdiction,
    publishesApprovals: deps.publishesApprovals ?? false,
    consentMode,
  });
  const cachedAnalyses = cache.typed(CachedAnalysis);
  const flights = createSingleFlight<CreditAnalysis>();
  /** Analyses cached in this process: asking Redis costs as much as the rest of a cached analysis. */
  const recent = new LRUCache<string, CachedAnalysis>({ max: RECENT_MAX });
  const factsVersionOf = createSharedLookup((analysisIds) => selectFactsVersions(database, analysisIds));

  const findCached = async (userId: string): Promise<CreditAnalysis | null> => {
    const cached = recent.get(userId) ?? (await cachedAnalyses.get(cacheKeys.analysis(userId)));
    if (cached?.consentMode !== consentMode) return null;
    if ((await factsVersionOf(cached.analysis.analysis_id)) !== cached.factsVersion) return null;
    return policies.inUse(cached.jurisdiction)?.hash === cached.policyHash ? cached.analysis : null;
  };

  /**
   * Tries again when superseded: the next attempt finds the recorded analysis, or decides on the new facts.
   */
  const analyzeUntilRecorded = async (userId: string, traceId: string): Promise<CreditAnalysis> => {
    for (let attempt = 1; attempt <= ATTEMPTS; attempt += 1) {
      const decided = await decideCredit(userId, traceId);
      if (decided === 'unknown_customer') throw problem('user_not_found');
      if (decided === 'superseded') continue;
      remember(userId, decided);
      return toCreditAnalysis(userId, decided.analysis, decided.isReplayed);
    }
    throw problem('analysis_superseded');
  };

  const remember = (userId: string, decided: Decided): void => {
    const { analysis, policy, jurisdiction, secondsLeft, isExplained } = decided;
    const { factsVersion, secondsLeftToday } = decided.facts;
    const ttlSeconds = Math.floor(Math.min(secondsLeft, secondsLeftToday));
    if (!isExplained || factsVersion === null || ttlSeconds < 1) return;
    const cached = {
      analysis: toCreditAnalysis(userId, analysis, true),
      factsVersion,
      jurisdiction,
      policyHash: policy.hash,
      consentMode,
    };
    recent.set(userId, cached, { ttl: ttlSeconds * 1000 });
    // Sent before the turn is removed, in the same write: a replica that waits for its turn finds it.
    void cachedAnalyses.set(cacheKeys.analysis(userId), cached, ttlSeconds);
  };

  /** Waits while another replica analyzes the same customer, so that the model is called once. */
  const analyzeInTurn = async (userId: string, traceId: string): Promise<CreditAnalysis> => {
    const turn = cacheKeys.flight(userId);
    const deadline = monotonicMs() + FLIGHT_MS;
    while (monotonicMs() < deadline && !(await cache.claim(turn, FLIGHT_MS))) await pause(FLIGHT_POLL_MS);
    try {
      return await analyzeUntilRecorded(userId, traceId);
    } finally {
      await cache.remove([turn]);
    }
  };

  return async (userId: string, traceId: string): Promise<CreditAnalysis> => {
    const cached = await findCached(userId);
    if (cached) return cached;
    const { value, isShared } = await flights.run(userId, () => analyzeInTurn(userId, traceId));
    return isShared ? { ...value, replayed: true } : value;
  };
}

const CachedAnalysis = Type.Object({
  analysis: CreditAnalysis,
  factsVersion: Type.String(),
  jurisdiction: Type.String(),
  policyHash: Type.String(),
  /** Kept since another process may run, or have run, under another mode. */
  consentMode: Type.String(),
});
type CachedAnalysis = Static<typeof CachedAnalysis>;

const cacheKeys = {
  analysis: (userId: string) => `analysis:${userId}` as const,
  flight: (userId: string) => `analysis-flight:${userId}` as const,
};
