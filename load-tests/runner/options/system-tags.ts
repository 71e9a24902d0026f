import { ConfigError } from '../protocol/endings.ts';
import { readTexts } from './option-values.ts';

/** The tags that samples have without a script. */
export const SYSTEM_TAGS = (
  'proto subproto status method url name group check error error_code tls_version scenario service ' +
  'expected_response ip vu iter ocsp_status'
).split(' ');

/** Reads the tags of samples; null for all. Throws for an unknown word, which k6 accepts without effect. */
export function readSystemTags(value: unknown): string[] | null {
  if (value === undefined) return null;
  const tags = readTexts(value, 'systemTags').filter((tag) => tag !== '');
  const unknownTag = tags.find((tag) => !SYSTEM_TAGS.includes(tag));
  if (unknownTag === undefined) return tags;
  throw new ConfigError(`systemTags: ${JSON.stringify(unknownTag)} is none of ${SYSTEM_TAGS.join(', ')}`);
}
