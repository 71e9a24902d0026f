/**
 * Whole milliseconds of a clock that nobody sets: for durations. `Date.now` is for times that are shown,
 * stored or sent: a step of it would make an hour of a second, or nothing.
 */
export const monotonicMs = (): number => Math.round(performance.now());
