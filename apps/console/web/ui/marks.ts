/** Of a mark with a day beside it. */
const MARK_PX = 60;

/**
 * Returns the places with values to be marked on an axis of this width in pixels: the newest, and as many
 * before it, equally far apart, as have room. A week is marked at its Monday, and no day between two.
 */
export function marksOf(
  places: readonly number[],
  { from, to, width }: { from: number; to: number; width: number },
): number[] {
  const shown = places.filter((place) => place >= from && place <= to);
  const step = Math.max(1, Math.ceil((shown.length * MARK_PX) / width));
  return shown.filter((_, index) => (shown.length - 1 - index) % step === 0);
}
