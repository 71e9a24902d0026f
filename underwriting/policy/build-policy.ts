import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js';
import canonicalize from 'canonicalize';
import type { CreditType } from '../../sdk/contracts/credit.ts';
import type { FeatureName } from '../risk-model.ts';
import { modelNamesOf } from '../model/model-names.ts';
import type { ModelNames } from '../model/model-settings.ts';
import { FEATURE_NAMES, isEmotional } from '../twin.ts';
import { compileExpression, type Expression, type ExpressionFacts } from './expression.ts';
import { forbidsEmotions, type Jurisdiction, UNKNOWN_JURISDICTION } from './jurisdictions.ts';
import type { CreditTerms, Outcome } from './outcome.ts';
import { type EmotionEffect, HIGH_RISK_SCORE, type PolicyDocument } from './policy-document.ts';
import { roundToCents } from '../round-to-cents.ts';

export interface Policy {
  document: PolicyDocument;
  version: string;
  /** SHA-256 of the document's canonical JSON (RFC 8785), in hex. */
  hash: string;
  /** The model's name of each feature. */
  modelNames: ModelNames;
  effectIn(jurisdiction: Jurisdiction): { effect: EmotionEffect; because: EffectCause };
  judge(facts: ExpressionFacts): Outcome;
  /** The way of facts through the rules: which deny, and the place of the band that the score reaches. */
  pathOf(facts: ExpressionFacts): { denies: boolean[]; band: number | null };
  /** The highest interest rate of the terms, whatever the score. */
  highestRate(facts: Omit<ExpressionFacts, 'score'>): number;
  /** Of each rule, in order. */
  subjects: RuleSubject[];
}

/** The facts that a rule is about. */
export interface RuleSubject {
  code: string;
  /** Null for a rule of several facts. */
  feature: FeatureName | null;
  /** Whether it looks at an emotion. */
  isEmotional: boolean;
  /** Whether it looks at the sum of limits, and at no score or feature. */
  isOfExposure: boolean;
}

export type EffectCause = 'law' | 'policy_for_jurisdiction' | 'jurisdiction_unknown' | 'policy_default';

/**
 * Makes a policy of a document of the right shape, with the faults of its expressions: with any, it is
 * unusable.
 */
export function buildPolicy(document: PolicyDocument): { policy: Policy; faults: string[] } {
  const faults: string[] = [];
  const compile = <Type extends 'bool' | 'double'>(place: string, text: string, type: Type) => {
    const compiled = compileExpression(text, type);
    if (typeof compiled === 'function') return compiled;
    faults.push(`${place}: ${compiled.error}`);
    return null;
  };
  const rules = document.rules.map((rule, index) => ({
    code: rule.code,
    denies: compile(`/rules/${index}/deny_when`, rule.deny_when, 'bool'),
  }));
  const bands = document.terms.map((band, index) => ({
    scoreMax: band.score_max,
    creditType: band.credit_type,
    creditLimit: compile(`/terms/${index}/credit_limit`, band.credit_limit, 'double'),
    interestRate: compile(`/terms/${index}/interest_rate`, band.interest_rate, 'double'),
  }));
  const policy: Policy = {
    document,
    version: document.version,
    hash: bytesToHex(sha256(utf8ToBytes(canonicalize(document) ?? ''))),
    modelNames: modelNamesOf(document),
    effectIn: (jurisdiction) => effectIn(document, jurisdiction),
    judge: (facts) => judge(rules as CompiledRule[], bands as CompiledBand[], facts),
    pathOf: (facts) => {
      const band = bands.findIndex(({ scoreMax }) => facts.score <= scoreMax);
      const denies = (rules as CompiledRule[]).map((rule) => rule.denies(facts));
      return { denies, band: band === -1 ? null : band };
    },
    highestRate: (facts) => {
      const rates = scoresOf(document).map(
        (score) => termsAt(bands as CompiledBand[], { ...facts, score })?.interest_rate ?? 0,
      );
      return Math.max(...rates);
    },
    subjects: document.rules.map(({ code, feature, deny_when }) => ({
      code,
      feature: (feature as FeatureName | undefined) ?? null,
      isEmotional: mentionsEmotion(deny_when),
      isOfExposure: isAboutExposure(deny_when),
    })),
  };
  return { policy, faults };
}

interface CompiledRule {
  code: string;
  denies: Expression<boolean>;
}

interface CompiledBand {
  scoreMax: number;
  creditType: CreditType;
  creditLimit: Expression<number>;
  interestRate: Expression<number>;
}

function judge(rules: CompiledRule[], bands: CompiledBand[], facts: ExpressionFacts): Outcome {
  const deniedBy = rules.filter(({ denies }) => denies(facts)).map(({ code }) => code);
  const terms = deniedBy.length === 0 ? termsAt(bands, facts) : null;
  if (!terms && deniedBy.length === 0) deniedBy.push(HIGH_RISK_SCORE);
  return { approved: terms !== null, denied_by: deniedBy, terms };
}

/** Returns the terms of the band that the score reaches; null above all bands. */
function termsAt(bands: CompiledBand[], facts: ExpressionFacts): CreditTerms | null {
  const band = bands.find(({ scoreMax }) => facts.score <= scoreMax);
  return band
    ? {
        credit_limit: roundToCents(band.creditLimit(facts)),
        interest_rate: roundToCents(band.interestRate(facts)),
        credit_type: band.creditType,
      }
    : null;
}

const SCORE_STEPS = 1000;

/** Returns scores over the whole range, in small steps, and the end of each band. */
function scoresOf({ terms }: PolicyDocument): number[] {
  const steps = Array.from({ length: SCORE_STEPS + 1 }, (_, step) => step / SCORE_STEPS);
  return [...steps, ...terms.map(({ score_max }) => score_max)];
}

function effectIn(document: PolicyDocument, jurisdiction: Jurisdiction) {
  if (forbidsEmotions(jurisdiction)) return { effect: 'off', because: 'law' } as const;
  const ofPlace = document.emotion_effect.by_jurisdiction[jurisdiction];
  const effect = ofPlace ?? document.emotion_effect.default;
  // The customer may live where the law forbids it.
  if (jurisdiction === UNKNOWN_JURISDICTION && effect === 'full') {
    return { effect: 'help_only', because: 'jurisdiction_unknown' } as const;
  }
  return { effect, because: ofPlace ? 'policy_for_jurisdiction' : 'policy_default' } as const;
}

export function mentionsEmotion(expression: string): boolean {
  return FEATURE_NAMES.some((name) => isEmotional(name) && expression.includes(name));
}

function isAboutExposure(expression: string): boolean {
  return /\bexposure\b/.test(expression) && !/\b(score|features)\b/.test(expression);
}
