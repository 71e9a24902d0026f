import type { BacktestProgress, BacktestWait } from '../../../../sdk/contracts/operator-backtests.ts';
import type { EcsError } from '../../../../sdk/core/errors.ts';
import { formatNumber } from '../ui/format.ts';

/** Shows how many decisions were looked at. */
export function Progress({ of: { decisions, of } }: { of: BacktestProgress }) {
  const text = `${formatNumber(decisions)} of ${formatNumber(of)} decisions looked at`;
  return (
    <p role="status">
      <progress max={of} value={decisions} aria-label="Backtest" /> {text}
    </p>
  );
}

/** Tells of the backtests that come first: nothing has failed. */
export function Waiting({ for: { before } }: { for: BacktestWait }) {
  return (
    <p class="empty" role="status">
      {before === 1 ? 'Another backtest comes' : `${formatNumber(before)} other backtests come`} first: one
      runs at a time. This one starts by itself when it is its turn; each takes two minutes at most.
    </p>
  );
}

/** Tells that enough of them wait, and until when at the latest. */
export function Full({ detail, onRetry }: { detail: string; onRetry(): void }) {
  return (
    <div class="empty" role="status">
      <p>{detail}</p>
      <button type="button" onClick={onRetry}>
        Try again
      </button>
    </div>
  );
}

export const isFull = (error: Error | undefined): error is Error =>
  (error as Partial<EcsError> | undefined)?.code === 'overloaded';
