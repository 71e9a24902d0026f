import { isWholeCents } from '../../sdk/contracts/whole-cents.ts';
import { isJurisdiction } from '../../sdk/contracts/jurisdiction.ts';
import { isPlainText } from '../../sdk/contracts/text.ts';
import { UNKNOWN_JURISDICTION } from './jurisdictions.ts';
import type { PolicyDocument } from './policy-document.ts';

/** Values that fit the schema and still stand for nothing: refused when a policy is written. */

/** Far deeper than any real document; deeper ones can neither be walked nor stored. */
const DEPTH_MAX = 32;

/**
 * Returns the places that no database keeps and nobody can read: texts, and values that are nested too deep.
 */
export function faultsOfTexts(input: unknown, path = '', depth = 0): string[] {
  if (depth > DEPTH_MAX) return [`${path}: is nested too deep`];
  if (typeof input === 'string') {
    return isPlainText(input) ? [] : [`${path || '/'}: has a control character, or half of a character`];
  }
  if (typeof input !== 'object' || input === null) return [];
  return Object.entries(input).flatMap(([name, value]) =>
    isPlainText(name)
      ? faultsOfTexts(value, `${path}/${name}`, depth + 1)
      : [`${path || '/'}: a name has a control character, or half of a character`],
  );
}

/** The longest text of a reason: a sentence or two. */
const TEXT_LENGTH_MAX = 500;

export function faultsOfValues(document: Partial<PolicyDocument>): string[] {
  const { credit_limit_min, exposure_max, sources, reasons = {} } = document;
  const money = {
    '/credit_limit_min': credit_limit_min,
    '/exposure_max': exposure_max,
    '/sources/customer_limit_max': sources?.customer_limit_max,
  };
  const fractions = Object.entries(money).flatMap(([place, amount]) =>
    typeof amount === 'number' && !isWholeCents(amount) ? [`${place}: has a fraction of a cent`] : [],
  );
  const long = Object.entries(reasons).flatMap(([code, texts]) =>
    Object.entries(texts).flatMap(([locale, text]) =>
      text.length > TEXT_LENGTH_MAX
        ? [`/reasons/${code}/${locale}: is longer than ${TEXT_LENGTH_MAX} characters`]
        : [],
    ),
  );
  return [...fractions, ...long, ...faultsOfPlaces(document)];
}

function faultsOfPlaces({ emotion_effect }: Partial<PolicyDocument>): string[] {
  return Object.entries(emotion_effect?.by_jurisdiction ?? {}).flatMap(([place, effect]) => {
    const path = `/emotion_effect/by_jurisdiction/${place}`;
    if (place === UNKNOWN_JURISDICTION) {
      if (effect !== 'full') return [];
      return [`${path}: must be off or help_only: the customer may live where emotions may not count`];
    }
    return isJurisdiction(place) ? [] : [`${path}: is no country code of ISO 3166-1 in capitals`];
  });
}
