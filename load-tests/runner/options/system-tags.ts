import { ConfigError } from '../protocol/endings.ts';
import type { Tags } from '../protocol/metrics.ts';
import { readTexts } from './option-values.ts';

/** The tags that samples have without a script. */
const SYSTEM_TAGS = (
  'proto subproto status method url name group check error error_code tls_version scenario service ' +
  'expected_response ip ocsp_status'
).split(' ');

/** In k6 they are no tags but metadata of a sample, which no output here has a place for. */
const METADATA = ['vu', 'iter'];

/** Samples have it only where the option names it, as in k6: it would make a series of each address. */
const IP = 'ip';

/** Reads the tags of samples; null for those of k6 without the option. Throws for a tag that none has. */
export function readSystemTags(value: unknown): string[] | null {
  if (value === undefined) return null;
  const tags = readTexts(value, 'systemTags').filter((tag) => tag !== '');
  const metadata = tags.find((tag) => METADATA.includes(tag));
  if (metadata !== undefined) throw new ConfigError(`systemTags: ${JSON.stringify(metadata)} is not offered`);
  const unknownTag = tags.find((tag) => !SYSTEM_TAGS.includes(tag));
  if (unknownTag === undefined) return tags;
  throw new ConfigError(`systemTags: ${JSON.stringify(unknownTag)} is none of ${SYSTEM_TAGS.join(', ')}`);
}

/** No sample has them of itself unless the option asks: such a tag is of the script, and stays as in k6. */
const ONLY_OF_SCRIPTS = ['service', 'tls_version', 'ocsp_status', IP];

/** Returns the tags that samples do not have by the option. */
export const droppedTags = (systemTags: string[] | null): string[] =>
  systemTags === null
    ? []
    : SYSTEM_TAGS.filter((tag) => !systemTags.includes(tag) && !ONLY_OF_SCRIPTS.includes(tag));

/** Returns the samples' own tags without those that they do not have by the option. */
export function createTagFilter(systemTags: string[] | null): (tags: Tags) => Tags {
  const dropped = new Set(droppedTags(systemTags));
  if (dropped.size === 0) return (tags) => tags;
  return (tags) => Object.fromEntries(Object.entries(tags).filter(([name]) => !dropped.has(name)));
}

/** Whether the samples of requests name the address that they went to. */
export const hasIpTag = (systemTags: string[] | null): boolean => systemTags?.includes(IP) ?? false;
