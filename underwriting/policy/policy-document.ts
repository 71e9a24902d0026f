import type { Static } from '@sinclair/typebox';
import * as Type from '@sinclair/typebox';
import { FactSource } from '../../sdk/contracts/common.ts';
import { Jurisdiction } from '../../sdk/contracts/jurisdiction.ts';
import { CreditType } from '../../sdk/contracts/credit.ts';

/**
 * A policy: one JSON document from which every decision follows. Expressions are CEL over the numbers
 * `score`, `exposure` and `features.NAME` (all doubles) and the text `jurisdiction`; `max(a, b)`, `min(a,
 * b)`.
 */

/**
 * - `off`: the decision is that of the twin, the same customer without emotions; emotions are not read.
 * - `help_only`: the better for the customer of the decision with emotions and that of the twin.
 * - `full`: the decision with emotions.
 */
export const EmotionEffect = Type.Union([
  Type.Literal('off'),
  Type.Literal('help_only'),
  Type.Literal('full'),
]);
export type EmotionEffect = Static<typeof EmotionEffect>;

const Name = Type.String({ pattern: '^[a-z][a-z0-9_]{0,62}$' });
const Code = Name;
const Expression = Type.String({ minLength: 1, maxLength: 500 });
const Money = Type.Number({ minimum: 0, maximum: 9_999_999_999.99 });
const closed = { additionalProperties: false };

const Texts = Type.Object(
  { en: Type.String({ minLength: 1 }), 'pt-BR': Type.String({ minLength: 1 }) },
  closed,
);

const FeatureRule = Type.Object(
  {
    reason: Code,
    /** The direction that lowers the risk. */
    better: Type.Union([Type.Literal('increase'), Type.Literal('decrease')]),
    /** Whether a customer can change it, so that a recourse may name it. */
    actionable: Type.Boolean(),
    /** The values that a search for an approval tries. */
    min: Type.Number(),
    max: Type.Number(),
    step: Type.Number({ exclusiveMinimum: 0 }),
    /** The model's name of it, where that differs. */
    model_name: Type.Optional(Type.String({ minLength: 1, maxLength: 100 })),
  },
  closed,
);
export type FeatureRule = Static<typeof FeatureRule>;

export const PolicyDocument = Type.Object(
  {
    /** Its version, in every decision that it makes. A document never changes under its version. */
    version: Type.String({ pattern: '^[a-z0-9][a-z0-9._-]{0,62}$' }),
    title: Type.String({ minLength: 1, maxLength: 200 }),
    /** The jurisdictions it is for; `*` is every one that no other active policy names. */
    jurisdictions: Type.Array(Type.Union([Type.Literal('*'), Jurisdiction]), {
      minItems: 1,
      uniqueItems: true,
    }),
    emotion_effect: Type.Object(
      { default: EmotionEffect, by_jurisdiction: Type.Record(Jurisdiction, EmotionEffect) },
      closed,
    ),
    sources: Type.Object(
      {
        transactions: Type.Array(FactSource, { minItems: 1, uniqueItems: true }),
        emotions: Type.Array(FactSource, { uniqueItems: true }),
        /**
         * The highest limit of a decision in which facts reported by the customer count; null: no cap. A
         * customer whom the platform's facts alone allow more is decided on those.
         */
        customer_limit_max: Type.Union([Money, Type.Null()]),
      },
      closed,
    ),
    /** Each denies where its expression is true. */
    rules: Type.Array(
      Type.Object({ code: Code, deny_when: Expression, feature: Type.Optional(Name) }, closed),
      { maxItems: 50 },
    ),
    /** Bands of the score, ascending; the first one that reaches the score gives the terms. */
    terms: Type.Array(
      Type.Object(
        {
          score_max: Type.Number({ minimum: 0, maximum: 1 }),
          credit_limit: Expression,
          /** Percent a year. */
          interest_rate: Expression,
          credit_type: CreditType,
        },
        closed,
      ),
      { minItems: 1, maxItems: 50 },
    ),
    /** The smallest limit that is offered. */
    credit_limit_min: Money,
    /** The highest sum of a customer's accepted and active limits. */
    exposure_max: Money,
    offer_days: Type.Integer({ minimum: 1, maximum: 365 }),
    /** Days after the activation in which a customer may withdraw. */
    withdrawal_days: Type.Integer({ minimum: 0, maximum: 365 }),
    features: Type.Record(Name, FeatureRule),
    /** The catalogue of reasons: the texts of each code. */
    reasons: Type.Record(Code, Texts),
  },
  { ...closed, $id: 'PolicyDocument' },
);
export type PolicyDocument = Static<typeof PolicyDocument>;

export type Locale = keyof Static<typeof Texts>;

export const HIGH_RISK_SCORE = 'high_risk_score';
export const EXPOSURE_LIMIT_REACHED = 'exposure_limit_reached';
export const REDUCED_BY_EXPOSURE = 'limit_reduced_by_exposure';
export const REDUCED_BY_SOURCE = 'limit_reduced_by_source';
/** Of a customer without limits, where the terms alone exceed `exposure_max`. */
export const REDUCED_TO_MAXIMUM = 'limit_reduced_to_maximum';
/** Codes that every decision may give, beside those of its policy's rules. */
export const OWN_CODES = [HIGH_RISK_SCORE, EXPOSURE_LIMIT_REACHED, REDUCED_BY_EXPOSURE, REDUCED_BY_SOURCE];

/** A document may have its own texts for these codes; documents from before they existed have none. */
const DEFAULT_TEXTS: Record<string, Record<Locale, string>> = {
  [REDUCED_TO_MAXIMUM]: {
    en: 'The limit is the highest sum of credit limits that is granted.',
    'pt-BR': 'O limite é a soma máxima de limites de crédito que é concedida.',
  },
};

/** Returns the texts of a reason; null of a code that the policy does not have. */
export function textsOf(document: PolicyDocument, code: string): Record<Locale, string> | null {
  const find = (texts: Record<string, Record<Locale, string>>) =>
    Object.hasOwn(texts, code) ? texts[code] : null;
  return find(document.reasons) ?? find(DEFAULT_TEXTS) ?? null;
}
