import { advance, EMPTY, isIdle, type Machine, mayBecome, type Step } from './limit-machine.ts';

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
  const bits = new Map(operations.map((operation, index) => [operation, 1n << BigInt(index)]));
  const bitOf = (operation: Operation) => bits.get(operation) ?? 0n;
  const tried = new Set<string>();
  let best = { done: -1, blocked: operations[0] ?? null };

  const search = (machine: Machine, done: bigint, count: number): boolean => {
    const open = operations.filter((operation) => !(done & bitOf(operation)));
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
    if (!mayEnd(machine, open)) return false;
    const able = open.filter(({ startMs }) => startMs <= firstEndMs);
    return nextOf(machine, able).some((operation) => {
      const next = advance(machine, operation.step);
      return next !== null && search(next, done | bitOf(operation), count + 1);
    });
  };
  return search(EMPTY, 0n, 0) ? null : best.blocked;
}

/** Whether this state can still become the limits that are read at the end. */
function mayEnd(machine: Machine, open: Operation[]): boolean {
  return open.every(({ step }) => step.kind !== 'read-all' || mayBecome(machine, step.limits));
}

/** Leaves out orders that explain no more than the others do. */
function nextOf(machine: Machine, able: Operation[]): Operation[] {
  const idle = able.find(({ step, isUncertain }) => !isUncertain && isIdle(machine, step));
  if (idle) return [idle];
  const uncertain = new Set<string>();
  return able.filter(({ step, isUncertain }) => {
    if (!isUncertain) return true;
    // An uncertain step need not happen where it changes nothing; the first stands for all like it.
    const name = JSON.stringify(step);
    if (uncertain.has(name) || advance(machine, step) === machine) return false;
    uncertain.add(name);
    return true;
  });
}
