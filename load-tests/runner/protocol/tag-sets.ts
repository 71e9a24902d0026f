import type { Tags } from './metrics.ts';

/** Most scripts have no more in turn. */
const KEPT_MAX = 16;
const recentTags: Tags[] = [];
let next = 0;

/**
 * Returns a set of the same tags that never changes, the same object again and again while a script repeats
 * itself: it needs neither a copy for each sample, nor a look at its tags to be known again.
 */
export function keptTags(tags: Tags): Tags {
  for (let index = 0; index < recentTags.length; index += 1) {
    const candidate = recentTags[index]!;
    if (haveSameTexts(candidate, tags)) return candidate;
  }
  const copy = { ...tags };
  recentTags[next] = copy;
  next = (next + 1) % KEPT_MAX;
  return copy;
}

/** Whether two objects have the same texts, in any order. */
export function haveSameTexts(one: Record<string, string>, other: Record<string, string>): boolean {
  if (one === other) return true;
  let size = 0;
  for (const key in one) {
    if (one[key] !== other[key]) return false;
    size += 1;
  }
  for (const _ in other) size -= 1;
  return size === 0;
}
