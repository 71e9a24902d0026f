import { advance, EMPTY, type Machine, type Step } from './limit-machine.ts';

/** A step of a client, between the moment it asked and the moment it was told. */
export interface Operation {
  step: Step;
  startMs: number;
  /** Infinity without a response: it may have happened at any time since its start, or never. */
  endMs: number;
  /** Whether it may never have happened. */
  isUncertain?: boolean;
}

/** More orders than any history of a few clients needs; a search that is longer says so. */
const ORDERS_MAX = 2_000_000;

/**
 * Whether a history of concurrent clients can be explained: whether its operations can be put into one order,
 * each at a moment between its start and its end, in which the machine takes every one of them. Returns null
 * when they can, else the operation of the longest explained order that no order explains.
 *
 * Depth first over the operations that may come next, as in Wing and Gong's algorithm, without the states
 * that were tried before with the same operations done.
 */
export function explain(history: Operation[]): Operation | null {
  const operations = history.toSorted((a, b) => a.startMs - b.startMs);
  const tried = new Set<string>();
  let best = { done: -1, blocked: operations[0] ?? null };

  const search = (machine: Machine, done: bigint, count: number): boolean => {
    const open = operations.filter((_, index) => !(done & (1n << BigInt(index))));
    if (open.every((operation) => operation.isUncertain)) return true;
    const key = `${done} ${JSON.stringify(machine.limits)}`;
    if (tried.has(key)) return false;
    if (tried.size > ORDERS_MAX) throw new Error('a history that takes too long to explain');
    tried.add(key);
    const firstEndMs = Math.min(...open.map(({ endMs }) => endMs));
    if (count > best.done) {
      const blocked = open.find(({ endMs }) => endMs === firstEndMs) ?? null;
      best = { done: count, blocked };
    }
    return open.some((operation) => {
      if (operation.startMs > firstEndMs) return false;
      const next = advance(machine, operation.step);
      return next !== null && search(next, done | (1n << BigInt(operations.indexOf(operation))), count + 1);
    });
  };
  return search(EMPTY, 0n, 0) ? null : best.blocked;
}
