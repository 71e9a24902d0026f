import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import { uniformInt } from 'pure-rand/distribution/uniformInt';
import { mersenne } from 'pure-rand/generator/mersenne';

/** A seeded source of chance: the same seed gives the same drill. */
export interface Random {
  /** 0 <= value < 1 */
  next(): number;
  /** minimum <= value <= maximum */
  integer(minimum: number, maximum: number): number;
  pick<T>(items: readonly T[]): T;
  shuffle<T>(items: readonly T[]): T[];
  uuid(): string;
}

export function createRandom(seed: number): Random {
  const generator = mersenne(seed);
  const integer = (minimum: number, maximum: number) => uniformInt(generator, minimum, maximum);
  return {
    next: () => uniformFloat64(generator),
    integer,
    pick: (items) => items[integer(0, items.length - 1)] as (typeof items)[number],
    shuffle(items) {
      const shuffled = [...items];
      for (let last = shuffled.length - 1; last > 0; last -= 1) {
        const swapIndex = integer(0, last);
        [shuffled[last], shuffled[swapIndex]] = [shuffled[swapIndex] as never, shuffled[last] as never];
      }
      return shuffled;
    },
    uuid() {
      const words = Array.from({ length: 4 }, () => integer(0, 0xffff_ffff).toString(16).padStart(8, '0'));
      return words.join('').replace(/(.{8})(.{4}).(.{3}).(.{3})(.{12})/, '$1-$2-4$3-8$4-$5');
    },
  };
}
