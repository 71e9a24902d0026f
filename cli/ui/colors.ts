import picocolors from 'picocolors';
import { environment } from '../../deploy/local/environment.ts';

/** Colors of stdout. */
export const pc = picocolors.createColors(isColored(process.stdout));
/** Colors of stderr. */
export const talkColors = picocolors.createColors(isColored(process.stderr));

/**
 * Colors for a terminal only: NO_COLOR, --no-color and TERM=dumb turn them off, FORCE_COLOR on. Picocolors'
 * own default also colors pipes where CI is set.
 */
function isColored(stream: { isTTY?: boolean }): boolean {
  const { NO_COLOR, FORCE_COLOR, TERM } = environment();
  if (NO_COLOR || process.argv.includes('--no-color')) return false;
  if (FORCE_COLOR) return FORCE_COLOR !== '0';
  return Boolean(stream.isTTY) && TERM !== 'dumb';
}
