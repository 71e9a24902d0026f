/**
 * Directive (EU) 2023/2225, article 18, in force since 2026-11-20: creditworthiness in the EU and the EEA is
 * assessed on financial and economic data alone.
 */
const EEA = new Set(
  (
    'AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IT LT LU LV MT NL PL PT RO SE SI SK ' + // the EU
    'AX GF GP MF MQ RE YT ' + // parts of the EU with codes of their own (TFEU, article 355)
    'IS LI NO'
  ).split(' '),
);

/** ISO 3166-1 alpha-2, or `unknown`. */
export type Jurisdiction = string;
export const UNKNOWN_JURISDICTION = 'unknown';

/** Returns whether the law forbids that emotions count in a decision; no policy can allow it. */
export function forbidsEmotions(jurisdiction: Jurisdiction): boolean {
  return EEA.has(jurisdiction);
}
