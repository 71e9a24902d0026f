import { type Static, Type } from '@sinclair/typebox';
import { LRUCache } from 'lru-cache';
import { CreditAnalysis } from '../../../sdk/contracts/credit.ts';
import type { Cache } from '../../../platform/data/cache.ts';
import { problem } from '../../../platform/kernel/errors.ts';
import { pause } from '../../../platform/kernel/lifecycle.ts';
import { createSharedLookup } from '../../../platform/resilience/shared-lookup.ts';
import { createSingleFlight } from '../../../platform/resilience/single-flight.ts';
import type { Database } from '../../../platform/data/sql.ts';
import { type AnalysisRecord, COOLDOWN_SECONDS, toCreditAnalysis } from '../../../underwriting/analysis.ts';
import { sameFeatures, toFeatureVector } from '../../../underwriting/feature-vector.ts';
import { POLICY_VERSION, underwrite } from '../../../underwriting/policy.ts';
import { createReadFacts } from './read-facts.ts';
import type { RiskModel } from './risk-model.ts';
import { type Facts, insertAnalysis, selectFactsVersions } from './analysis-store.ts';

/** Longer than a call of the model may take; another replica's analysis is waited for so long at most. */
const FLIGHT_MS = 1000;
const FLIGHT_POLL_MS = 25;
const ATTEMPTS = 5;

/** Number of customers with an analysis in a process, about 1 KB each. */
const RECENT_MAX = 10_000;

/**
 * The credit analysis:
 *
 *   cached analysis, while the version of the facts is the one it was made from
 *   else facts -> the last analysis, when the features are the same
 *              -> model -> policy -> decision record
 *
 * No result is of facts older than those stored when the request came. The database counts the changes of the
 * facts, and decides which of several analyses at the same time counts; the cache and the single flight only
 * save work.
 */
export function createAnalyzeCredit(deps: {
  database: Database;
  /** Where features are read from, if not from the database itself. */
  replica?: Database | null;
  cache: Cache;
  riskModel: RiskModel;
}) {
  const { database, replica = null, cache, riskModel } = deps;
  const readFacts = createReadFacts({ database, replica });
  const cachedAnalyses = cache.typed(CachedAnalysis);
  const flights = createSingleFlight<CreditAnalysis>();
  /** Analyses cached in this process: asking Redis costs as much as the rest of a cached analysis. */
  const recent = new LRUCache<string, CachedAnalysis>({ max: RECENT_MAX });
  const factsVersionOf = createSharedLookup((userIds) => selectFactsVersions(database, userIds));

  const findCached = async (userId: string): Promise<CreditAnalysis | null> => {
    const cached = recent.get(userId) ?? (await cachedAnalyses.get(cacheKeys.analysis(userId)));
    return cached && (await factsVersionOf(userId)) === cached.factsVersion ? cached.analysis : null;
  };

  /** Null when another replica recorded an analysis of the same facts first. */
  const analyze = async (userId: string, traceId: string): Promise<CreditAnalysis | null> => {
    const facts = await readFacts(userId, COOLDOWN_SECONDS);
    if (!facts) throw problem('user_not_found');
    const features = toFeatureVector(facts.emotions, facts.transactions, facts.today);
    if (facts.latest && sameFeatures(facts.latest.features, features)) {
      await remember(userId, facts.latest, facts, facts.latest.secondsLeft);
      return toCreditAnalysis(userId, facts.latest, true);
    }

    const prediction = await riskModel.assess(features);
    const decision = underwrite(prediction);
    const recorded = await insertAnalysis(database, {
      id: Bun.randomUUIDv7(),
      offerId: Bun.randomUUIDv7(),
      userId,
      features,
      prediction,
      policyVersion: POLICY_VERSION,
      reasons: decision.reasons,
      terms: decision.terms,
      traceId,
      cooldownSeconds: COOLDOWN_SECONDS,
    });
    if (!recorded) return null;
    await remember(userId, recorded, facts, COOLDOWN_SECONDS);
    return toCreditAnalysis(userId, recorded, false);
  };

  /** The next attempt finds the analysis that counts, unless its offer was accepted meanwhile. */
  const analyzeUntilRecorded = async (userId: string, traceId: string): Promise<CreditAnalysis> => {
    for (let attempt = 1; attempt <= ATTEMPTS; attempt += 1) {
      const analysis = await analyze(userId, traceId);
      if (analysis) return analysis;
    }
    throw problem('analysis_superseded');
  };

  const remember = async (userId: string, record: AnalysisRecord, facts: Facts, secondsLeft: number) => {
    const { factsVersion } = facts;
    const ttlSeconds = Math.floor(Math.min(secondsLeft, facts.secondsLeftToday));
    if (factsVersion === null || ttlSeconds < 1) return;
    const cached = { analysis: toCreditAnalysis(userId, record, true), factsVersion };
    recent.set(userId, cached, { ttl: ttlSeconds * 1000 });
    await cachedAnalyses.set(cacheKeys.analysis(userId), cached, ttlSeconds);
  };

  /** Waits while another replica analyzes the same customer, so that the model is called once. */
  const analyzeInTurn = async (userId: string, traceId: string): Promise<CreditAnalysis> => {
    const turn = cacheKeys.flight(userId);
    const deadline = Date.now() + FLIGHT_MS;
    while (Date.now() < deadline && !(await cache.claim(turn, FLIGHT_MS))) await pause(FLIGHT_POLL_MS);
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

const CachedAnalysis = Type.Object({ analysis: CreditAnalysis, factsVersion: Type.String() });
type CachedAnalysis = Static<typeof CachedAnalysis>;

const cacheKeys = {
  analysis: (userId: string) => `analysis:${userId}`,
  flight: (userId: string) => `analysis-flight:${userId}`,
};
