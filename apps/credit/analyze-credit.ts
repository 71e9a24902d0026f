import { CreditAnalysis } from '../../sdk/contracts/credit.ts';
import { type Cache, cacheKeys } from '../../platform/cache.ts';
import { AppError } from '../../platform/errors.ts';
import { pause } from '../../platform/lifecycle.ts';
import type { Database } from '../../platform/sql.ts';
import { sameFeatures, toFeatureVector } from './domain/feature-vector.ts';
import { POLICY_VERSION, underwrite } from './domain/underwriting-policy.ts';
import { createReadFacts } from './read-facts.ts';
import type { RiskModel } from './risk-model.ts';
import { type AnalysisRecord, insertAnalysis, selectFacts } from './store.ts';

/** Longer than a call of the model may take; another replica's flight is waited for so long at most. */
const FLIGHT_MS = 1000;
const FLIGHT_LOOK_MS = 25;

/** For so long an analysis of the same facts is the same analysis. */
export const COOLDOWN_SECONDS = 300;

/**
 * The credit analysis:
 *
 *   cached answer -> facts -> the last analysis, when the facts are the same
 *                          -> model -> policy -> decision record
 *
 * The database decides which of several analyses at the same time counts; the cache and the map of flights
 * only save work. New facts and an acceptance end what is cached.
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
  const cached = cache.typed(CreditAnalysis);
  const flights = new Map<string, Promise<CreditAnalysis>>();

  const analyze = async (userId: string, traceId: string): Promise<CreditAnalysis> => {
    const facts = await readFacts(userId, COOLDOWN_SECONDS);
    if (!facts) throw new AppError(404, 'user_not_found', 'There is no such user.');
    const features = toFeatureVector(facts.emotions, facts.transactions, facts.today);
    if (facts.latest && sameFeatures(facts.latest.features, features)) {
      return remember(userId, facts.latest, true);
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
    if (recorded) return remember(userId, recorded, false);

    // Another replica recorded its analysis of the same facts first: that one counts.
    const winner = (await selectFacts(database, userId, COOLDOWN_SECONDS))?.latest;
    if (!winner) throw new AppError(503, 'analysis_superseded', 'The facts changed meanwhile: ask again.');
    return remember(userId, winner, true);
  };

  const remember = async (
    userId: string,
    record: AnalysisRecord,
    replayed: boolean,
  ): Promise<CreditAnalysis> => {
    const answer = toAnswer(userId, record, replayed);
    await cached.set(cacheKeys.analysis(userId), answer, COOLDOWN_SECONDS);
    return answer;
  };

  /** The answer of another replica that is at it, when it comes soon; null when it is ours to make. */
  const awaitOther = async (userId: string): Promise<CreditAnalysis | null> => {
    const deadline = Date.now() + FLIGHT_MS;
    while (Date.now() < deadline) {
      if (await cache.claim(cacheKeys.flight(userId), FLIGHT_MS)) return null;
      await pause(FLIGHT_LOOK_MS);
      const answer = await cached.get(cacheKeys.analysis(userId));
      if (answer) return { ...answer, replayed: true };
    }
    return null;
  };

  const fly = async (userId: string, traceId: string): Promise<CreditAnalysis> => {
    const other = await awaitOther(userId);
    if (other) return other;
    try {
      return await analyze(userId, traceId);
    } finally {
      await cache.remove([cacheKeys.flight(userId)]);
    }
  };

  return async (userId: string, traceId: string): Promise<CreditAnalysis> => {
    const known = await cached.get(cacheKeys.analysis(userId));
    if (known) return { ...known, replayed: true };
    const flying = flights.get(userId);
    if (flying) return { ...(await flying), replayed: true };
    const flight = fly(userId, traceId).finally(() => flights.delete(userId));
    flights.set(userId, flight);
    return flight;
  };
}

function toAnswer(userId: string, record: AnalysisRecord, replayed: boolean): CreditAnalysis {
  return {
    user_id: userId,
    approved: record.approved,
    ml_risk_score: record.riskScore,
    offer: record.offer,
    reason: record.reasons[0]?.message ?? null,
    reasons: record.reasons,
    analysis_id: record.id,
    model_version: record.modelVersion,
    policy_version: record.policyVersion,
    replayed,
  };
}
