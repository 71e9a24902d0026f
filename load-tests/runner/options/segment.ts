import { ConfigError } from '../protocol/endings.ts';
import type { Stripe } from '../protocol/messages.ts';
import type { Scenario } from './scenario-options.ts';

/**
 * `executionSegment`: a part of a test, so that several generators run it together. Of every `total` users or
 * iterations, a segment takes those at its offsets; those of all segments of a sequence are the whole.
 */
export function readStripe(segment: unknown, sequence: unknown): Stripe | null {
  if (!segment && !sequence) return null;
  const [from, to] = readSegment(segment ?? '0:1');
  const bounds = sequence ? readList(sequence) : [ZERO, from, to, ONE];
  const parts = bounds.slice(1).map((end, index) => [bounds[index] ?? ZERO, end] as const);
  const filled = parts.filter(([start, end]) => compare(start, end) !== 0);
  if (filled.some(([start, end]) => compare(start, end) > 0)) {
    throw new ConfigError('executionSegmentSequence: the segments must follow each other from 0 to 1');
  }
  const ownIndex = filled.findIndex(([start, end]) => compare(start, from) === 0 && compare(end, to) === 0);
  if (ownIndex === -1) {
    throw new ConfigError(
      `provided segment ${String(segment)} can't be found in sequence ${String(sequence)}`,
    );
  }
  const total = bounds.reduce((common, [, denominator]) => leastCommonMultiple(common, denominator), 1);
  const lengths = filled.map(([start, end]) => (end[0] * total) / end[1] - (start[0] * total) / start[1]);
  return { total, offsets: dealOut(lengths, total, ownIndex) };
}

/** Returns the segment's share of a number. */
export function scale({ total, offsets }: Stripe, count: number): number {
  const rest = offsets.filter((offset) => offset < count % total).length;
  return Math.floor(count / total) * offsets.length + rest;
}

/** Returns the scenarios with the segment's share of users and iterations; those without any are left out. */
export function scaleScenarios(scenarios: Scenario[], stripe: Stripe | null): Scenario[] {
  if (!stripe) return scenarios;
  const share = (count: number) => scale(stripe, count);
  return scenarios.flatMap((scenario): Scenario[] => {
    switch (scenario.executor) {
      case 'shared-iterations': {
        const iterations = share(scenario.iterations);
        const vus = Math.min(share(scenario.vus), iterations);
        return vus === 0 ? [] : [{ ...scenario, vus, iterations }];
      }
      case 'per-vu-iterations':
      case 'constant-vus': {
        const vus = share(scenario.vus);
        return vus === 0 ? [] : [{ ...scenario, vus }];
      }
      case 'ramping-vus': {
        const stages = scenario.stages.map((stage) => ({ ...stage, target: share(stage.target) }));
        const startVUs = share(scenario.startVUs);
        return startVUs + Math.max(...stages.map(({ target }) => target)) === 0
          ? []
          : [{ ...scenario, startVUs, stages }];
      }
      default: {
        const { preAllocatedVUs, maxVUs } = scenario;
        const users = { preAllocatedVUs: share(preAllocatedVUs), maxVUs: share(maxVUs) };
        return users.maxVUs === 0 ? [] : [{ ...scenario, ...users, stripe }];
      }
    }
  });
}

/** Yields the starts of iterations that the segment takes. */
export function* ownStarts(starts: Iterable<number>, stripe: Stripe | null): Generator<number> {
  let index = 0;
  for (const start of starts) {
    if (!stripe || stripe.offsets.includes(index % stripe.total)) yield start;
    index += 1;
  }
}

/** The number that a user or an iteration of this segment has in the whole test. */
export function indexInTest(index: number, stripe: Stripe | null): number {
  if (!stripe) return index;
  const { total, offsets } = stripe;
  return Math.floor(index / offsets.length) * total + (offsets[index % offsets.length] ?? 0);
}

type Fraction = readonly [numerator: number, denominator: number];
const ZERO: Fraction = [0, 1];
const ONE: Fraction = [1, 1];
const compare = (a: Fraction, b: Fraction) => a[0] * b[1] - b[0] * a[1];

/** Gives each place to the segment that lags most behind its share. */
function dealOut(lengths: number[], total: number, ownIndex: number): number[] {
  const counts = lengths.map(() => 0);
  const offsets: number[] = [];
  for (let place = 0; place < total; place += 1) {
    const lags = lengths.map((length, index) => (length * (place + 1)) / total - (counts[index] ?? 0));
    const next = lags.indexOf(Math.max(...lags));
    counts[next] = (counts[next] ?? 0) + 1;
    if (next === ownIndex) offsets.push(place);
  }
  return offsets;
}

function readSegment(segment: unknown): [Fraction, Fraction] {
  const [first = '', second] = String(segment).split(':');
  const range: [Fraction, Fraction] =
    second === undefined ? [ZERO, readFraction(first)] : [readFraction(first), readFraction(second)];
  if (compare(...range) >= 0) throw new ConfigError(`executionSegment: '${String(segment)}' is empty`);
  return range;
}

function readList(sequence: unknown): Fraction[] {
  const list = String(sequence).split(',').map(readFraction);
  const [first = ONE, last = ZERO] = [list[0], list.at(-1)];
  if (compare(first, ZERO) === 0 && compare(last, ONE) === 0) return list;
  throw new ConfigError('executionSegmentSequence: the segments must follow each other from 0 to 1');
}

/** `1/3`, `0.25`, or `25%`. */
function readFraction(text: string): Fraction {
  const match = /^\s*(\d+)(?:\.(\d{1,6}))?(?:\/(\d+)|(%))?\s*$/.exec(text);
  const [, whole = '', decimals = '', denominator = '1', percent] = match ?? [];
  const bottom = Number(denominator) * 10 ** decimals.length * (percent ? 100 : 1);
  const top = Number(whole + decimals);
  if (!match || bottom === 0 || top > bottom) {
    throw new ConfigError(`executionSegment: '${text}' is no number from 0 to 1`);
  }
  const divisor = greatestCommonDivisor(top, bottom);
  return [top / divisor, bottom / divisor];
}

const greatestCommonDivisor = (a: number, b: number): number =>
  b === 0 ? a : greatestCommonDivisor(b, a % b);
const leastCommonMultiple = (a: number, b: number): number => (a / greatestCommonDivisor(a, b)) * b;
