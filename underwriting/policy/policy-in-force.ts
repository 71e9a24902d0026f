import { buildPolicy } from './build-policy.ts';
import type { EmotionEffect, PolicyDocument } from './policy-document.ts';

/** The policy by which a customer is decided, as an operator sees it. */
interface PolicyInForce {
  version: string;
  hash: string;
  active_for: string;
  emotion_effect: EmotionEffect;
  exposure_max: number;
}

/** Reads the document of the active policy, for the customer's jurisdiction. */
export function policyInForce(
  active: {
    version: string;
    hash: string;
    active_for: string;
    document: unknown;
    jurisdiction: string;
  } | null,
): PolicyInForce | null {
  if (!active) return null;
  const { version, hash, active_for } = active;
  const document = active.document as PolicyDocument;
  const { effect } = buildPolicy(document).policy.effectIn(active.jurisdiction);
  return { version, hash, active_for, emotion_effect: effect, exposure_max: document.exposure_max };
}
