/**
 * The schedule, as pure functions of the options: the number of virtual users of a ramp at each moment, and
 * the start of each iteration of an arrival rate. Times in ms from the scenario's start.
 */
export interface Stage {
  durationMs: number;
  target: number;
}

interface VuStep {
  atMs: number;
  vus: number;
}

export function totalMs(stages: Stage[]): number {
  return stages.reduce((sum, { durationMs }) => sum + durationMs, 0);
}

/**
 * Returns each moment at which a ramp changes by a user: going up, the n-th starts when the line reaches n;
 * going down, it ends when the line has gone below n. A stage of no length is a jump.
 */
export function vuSteps(startVUs: number, stages: Stage[]): VuStep[] {
  const steps: VuStep[] = [{ atMs: 0, vus: startVUs }];
  let from = startVUs;
  let endMs = 0;
  for (const { durationMs, target } of stages) {
    endMs += durationMs;
    const change = target - from;
    if (durationMs === 0 && change !== 0) steps.push({ atMs: endMs, vus: target });
    if (durationMs > 0 && change > 0) {
      for (let vus = from + 1; vus <= target; vus += 1) {
        steps.push({ atMs: endMs - (durationMs * (target - vus)) / change, vus });
      }
    }
    if (durationMs > 0 && change < 0) {
      for (let vus = from - 1; vus >= target; vus -= 1) {
        // A user ends when the end of the next is due, so that the last ends at the very end.
        steps.push({ atMs: endMs - (durationMs * (target - vus)) / change, vus });
      }
    }
    from = target;
  }
  return steps;
}

/** Yields a start at once and one after every period, as long as the duration lasts. */
export function* constantArrivals(rate: number, timeUnitMs: number, durationMs: number): Generator<number> {
  for (let n = 0; ; n += 1) {
    // Not a sum of periods: that would drift.
    const atMs = (n * timeUnitMs) / rate;
    if (atMs >= durationMs) return;
    yield atMs;
  }
}

/**
 * Yields the start of the n-th iteration: when the area below the line of the rate reaches n. The rest of an
 * iteration at the end of a stage is carried into the next.
 */
export function* rampingArrivals(startRate: number, stages: Stage[], timeUnitMs: number): Generator<number> {
  let from = startRate / timeUnitMs;
  let before = 0;
  let stageStartMs = 0;
  let n = 1;
  for (const { durationMs, target } of stages) {
    const to = target / timeUnitMs;
    const end = before + durationMs * ((from + to) / 2);
    for (; n <= end + 1e-9; n += 1) {
      const area = n - before;
      const slope = (to - from) / durationMs;
      const atMs =
        from === to ? area / to : (Math.sqrt(Math.max(0, from * from + 2 * slope * area)) - from) / slope;
      yield stageStartMs + Math.min(atMs, durationMs);
    }
    before = end;
    from = to;
    stageStartMs += durationMs;
  }
}

/** Returns the rate of the stages at a moment, in iterations per time unit. */
export function rateAt(startRate: number, stages: Stage[], ms: number): number {
  let from = startRate;
  let startMs = 0;
  for (const { durationMs, target } of stages) {
    if (ms < startMs + durationMs) return from + ((target - from) * (ms - startMs)) / durationMs;
    startMs += durationMs;
    from = target;
  }
  return from;
}
