import type { Finding } from '../../underwriting/decision/verify-decision.ts';

/** Returns a place that differs, with both of its values; the name is that of its row. */
export function lineOfFinding(
  name: string,
  { path, stored, computed }: Pick<Finding, 'path' | 'stored' | 'computed'>,
): string {
  const values = `stored ${JSON.stringify(stored)}, must be ${JSON.stringify(computed)}`;
  return `${name} ${path || '/'}: ${values}`.trimStart();
}
