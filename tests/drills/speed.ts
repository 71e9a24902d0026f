import type { GeneratorResult } from '../bench/generator.ts';

/** The speed of the others' requests without a crowd and beside it: the rounds, and the seconds of a measurement. */
export const SPEED = { rounds: 3, seconds: 5 };
const P99_FACTOR_MAX = 2;
/** On a machine that others share, less than this is no difference. */
const P99_MS_LEAST = 20;

/**
 * Measures without and beside the crowd until a round is as fast. Others on the machine can only make it seem
 * worse: a speed seen once in some rounds is its own.
 */
export async function compareSpeeds<Result extends GeneratorResult>(
  measureAlone: () => Promise<Result>,
  measureBeside: () => Promise<Result>,
  roundsMax: number,
): Promise<{ before: Result; during: Result; rounds: number; asFast: boolean }> {
  await measureAlone();
  let before = await measureAlone();
  let during = await measureBeside();
  let rounds = 1;
  for (; rounds < roundsMax && !isAsFast(before, during); rounds += 1) {
    before = calmerOf(before, await measureAlone());
    during = calmerOf(during, await measureBeside());
  }
  return { before, during, rounds, asFast: isAsFast(before, during) };
}

const calmerOf = <Result extends GeneratorResult>(first: Result, second: Result) =>
  first.p99Ms <= second.p99Ms ? first : second;
const isAsFast = (before: GeneratorResult, during: GeneratorResult) =>
  during.p99Ms <= Math.max(P99_MS_LEAST, P99_FACTOR_MAX * before.p99Ms);

export const round = (ms: number) => Math.round(ms * 10) / 10;

/** The figures of a report. */
export const speedFigures = (before: GeneratorResult, during: GeneratorResult) => ({
  p50MsBefore: round(before.p50Ms),
  p99MsBefore: round(before.p99Ms),
  p50MsDuring: round(during.p50Ms),
  p99MsDuring: round(during.p99Ms),
});

/** The requests with another status than the expected one. */
export const refusedOf = ({ statuses }: GeneratorResult, expectedStatus: string) =>
  Object.entries(statuses).reduce(
    (total, [status, count]) => total + (status === expectedStatus ? 0 : count),
    0,
  );
