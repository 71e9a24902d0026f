/**
 * When things are to happen, as pure functions of the options: how many virtual users a ramp wants at each
 * moment, and when each iteration of an arrival rate is to start. Times in ms from the scenario's start.
 */
export interface Stage {
  durationMs: number;
  target: number;
}

export interface VuStep {
  atMs: number;
  vus: number;
}

export function totalMs(stages: Stage[]): number {
  return stages.reduce((sum, { durationMs }) => sum + durationMs, 0);
}

/**
 * Every moment at which a ramp changes by one user: going up, the n-th is there when the line reaches n;
 * going down, it leaves when the line has gone below n. A stage of no length is a jump.
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
        // A user stays until the next one down would be due: the last leaves at the very end.
        steps.push({ atMs: endMs - (durationMs * (target - vus)) / change, vus });
      }
    }
    from = target;
  }
  return steps;
}

/** How many users the steps want at a moment. */
export function vusAt(steps: VuStep[], ms: number): number {
  return steps.findLast(({ atMs }) => atMs <= ms)?.vus ?? 0;
}

/** One iteration at the start and then one every period, as long as the duration lasts. */
export function* constantArrivals(rate: number, timeUnitMs: number, durationMs: number): Generator<number> {
  for (let n = 0; ; n += 1) {
    // Not a sum of periods: that would drift.
    const atMs = (n * timeUnitMs) / rate;
    if (atMs >= durationMs) return;
    yield atMs;
  }
}

/**
 * The n-th iteration starts when the area below the line of the rate reaches n; the rest of an iteration at
 * the end of a stage is carried into the next.
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

/** The rate that the stages want at a moment, in iterations per time unit. */
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
