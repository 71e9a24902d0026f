import CircuitBreaker from 'opossum';
import type { ProblemCode } from '../../sdk/contracts/problems.ts';
import { AppError, problem } from '../kernel/errors.ts';
import { monotonicMs } from '../kernel/monotonic-ms.ts';

/**
 * closed -(5 failures in a row)-> open -(30 s)-> half-open -(one probe)-> closed | open
 *
 * opossum opens on a percentage over a window, never on a count, so its threshold is set where it cannot be
 * reached and the count of failures in a row is ours. A call that the caller's own fault ended (`isFailure`
 * false) counts as neither.
 */
export interface Breaker<Input, Output> {
  /** Throws AppError 503 at once while open, or when too many calls are in flight. */
  call(input: Input): Promise<Output>;
  /**
   * Calls beside the calls that count: only while closed and while half of the places are free, and the
   * outcome moves no state. Throws AppError 503 else.
   */
  callSpare(input: Input): Promise<Output>;
  status(): BreakerStatus;
  close(): void;
}

export interface BreakerStatus {
  state: 'closed' | 'open' | 'half-open';
  failures: number;
  nextProbeAt: string | null;
}

interface BreakerOptions {
  failuresMax: number;
  timeoutMs: number;
  openMs: number;
  inFlightMax: number;
  isFailure: (error: unknown) => boolean;
  /** Thrown beyond `inFlightMax`, and while the dependency does not respond. */
  problems: { busy: ProblemCode; unavailable: ProblemCode };
  onChange?: (state: BreakerStatus['state']) => void;
}

export function createBreaker<Input, Output>(
  action: (input: Input) => Promise<Output>,
  options: BreakerOptions,
): Breaker<Input, Output> {
  let failures = 0;
  let openedAt = -Infinity;
  let inFlight = 0;
  const circuit = new CircuitBreaker<[Input], Output>(action, {
    timeout: options.timeoutMs,
    resetTimeout: options.openMs,
    errorThresholdPercentage: 100,
    volumeThreshold: Number.MAX_SAFE_INTEGER,
    // They are never read, and each second they sort the times of all calls.
    enableSnapshots: false,
    rollingPercentilesEnabled: false,
    errorFilter: (error: unknown) => !options.isFailure(error),
  });

  // opossum reports an error that the filter took out as a success, with the error in the result's place.
  circuit.on('success', (result: unknown) => {
    if (!(result instanceof Error)) failures = 0;
  });
  circuit.on('failure', () => {
    failures += 1;
    if (failures >= options.failuresMax && !circuit.opened) circuit.open();
  });
  circuit.on('open', () => {
    openedAt = monotonicMs();
    options.onChange?.('open');
  });
  circuit.on('halfOpen', () => options.onChange?.('half-open'));
  circuit.on('close', () => {
    failures = 0;
    options.onChange?.('closed');
  });

  /** One at the least, which it is while the breaker is not open: its time is over then. */
  const secondsToProbe = () => Math.max(1, Math.ceil(msToProbe() / 1000));
  const msToProbe = () => openedAt + options.openMs - monotonicMs();

  const failureOf = (error: unknown) => {
    if (error instanceof AppError) return error;
    return problem(options.problems.unavailable, { cause: error, retryAfterSeconds: secondsToProbe() });
  };

  return {
    async callSpare(input) {
      if (circuit.opened || circuit.halfOpen) throw failureOf(new Error('the breaker is open'));
      if (inFlight >= options.inFlightMax / 2) throw problem(options.problems.busy);
      inFlight += 1;
      try {
        return await action(input);
      } catch (error) {
        throw failureOf(error);
      } finally {
        inFlight -= 1;
      }
    },
    async call(input) {
      // An open breaker rejects at once by itself: nothing waits.
      if (inFlight >= options.inFlightMax && !circuit.opened) {
        throw problem(options.problems.busy);
      }
      inFlight += 1;
      try {
        return await circuit.fire(input);
      } catch (error) {
        throw failureOf(error);
      } finally {
        inFlight -= 1;
      }
    },
    status: () => ({
      state: circuit.halfOpen ? 'half-open' : circuit.opened ? 'open' : 'closed',
      failures,
      nextProbeAt: circuit.opened ? new Date(Date.now() + msToProbe()).toISOString() : null,
    }),
    close: () => circuit.shutdown(),
  };
}
