import { notice } from '../ui/follow-act.ts';
import { formatDuration } from '../ui/format.ts';
import { refresh, useStaleSeconds } from './loaded-at.ts';

/** Above every page: outcomes of acts whose page was left, and that the page in sight is old. */
export function Notices() {
  const text = notice.use();
  const staleSeconds = useStaleSeconds();
  return (
    <div class="notices unprinted">
      <div role="alert">
        {text && (
          <p class="notice">
            {text}{' '}
            <button type="button" onClick={() => notice.set(null)}>
              Close
            </button>
          </p>
        )}
      </div>
      <div role="status">
        {staleSeconds !== null && (
          <p class="notice">
            This page was loaded {formatDuration(staleSeconds)} ago.{' '}
            <button type="button" onClick={refresh}>
              Load again
            </button>
          </p>
        )}
      </div>
    </div>
  );
}
