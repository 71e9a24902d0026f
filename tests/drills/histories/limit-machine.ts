/**
 * The offers and limits of one customer, as the contract describes them:
 *
 *   offered --accept--> accepted --(by itself)--> active --close--> closed
 *   offered --a newer analysis--> expired
 *
 * with at most one open offer, and a sum of accepted and active limits that never exceeds `EXPOSURE_MAX`.
 */
export interface Machine {
  limits: Record<string, Limit>;
}

export interface Limit {
  status: 'offered' | 'accepted' | 'active' | 'closed' | 'expired';
  amount: number;
}

/** Of the policy that decides in drills. */
export const EXPOSURE_MAX = 10_000;

/** A request of a client with its response. */
export type Step =
  | { kind: 'offer'; offerId: string; amount: number }
  | { kind: 'denial' }
  | { kind: 'accept'; offerId: string; result: 'accepted' | 'expired' | 'exposure_limit_reached' }
  | { kind: 'close'; offerId: string; result: 'closed' | 'not_open' }
  | { kind: 'read-exposure'; exposure: number }
  | { kind: 'read-offer'; offerId: string; status: Limit['status'] }
  | { kind: 'read-all'; limits: Record<string, Limit> };

export const EMPTY: Machine = { limits: {} };

/** Returns the machine after a step; null when the step cannot happen in this state. */
export function advance(machine: Machine, step: Step): Machine | null {
  switch (step.kind) {
    case 'offer':
      return offer(machine, step.offerId, step.amount);
    case 'denial':
      return withoutOpenOffer(machine);
    case 'accept':
      return accept(machine, step);
    case 'close':
      return close(machine, step);
    case 'read-exposure':
      return exposureOf(machine) === cents(step.exposure) ? machine : null;
    case 'read-offer':
      return observe(machine, step.offerId, step.status);
    case 'read-all':
      return observeAll(machine, step.limits);
  }
}

/**
 * Whether a step can happen now and would change nothing, now or later: then no other place in an order is
 * better for it. A denial may end an offer that is yet to come.
 */
export function isIdle(machine: Machine, step: Step): boolean {
  return step.kind !== 'denial' && advance(machine, step) === machine;
}

const NEXT: Record<Limit['status'], Limit['status'][]> = {
  offered: ['offered', 'accepted', 'active', 'closed', 'expired'],
  accepted: ['accepted', 'active', 'closed'],
  active: ['active', 'closed'],
  closed: ['closed'],
  expired: ['expired'],
};

/** Whether further steps can lead to these limits. */
export function mayBecome(machine: Machine, limits: Record<string, Limit>): boolean {
  return Object.entries(machine.limits).every(([offerId, { status }]) => {
    const last = limits[offerId];
    return last !== undefined && NEXT[status].includes(last.status);
  });
}

/** An analysis gives the open offer again, or ends it and makes another. */
function offer(machine: Machine, offerId: string, amount: number): Machine | null {
  const limit = machine.limits[offerId];
  if (limit) return limit.status === 'offered' && limit.amount === amount ? machine : null;
  if (exposureOf(machine) + cents(amount) > cents(EXPOSURE_MAX)) return null;
  return set(withoutOpenOffer(machine), offerId, { status: 'offered', amount });
}

function accept(machine: Machine, step: Step & { kind: 'accept' }): Machine | null {
  const limit = machine.limits[step.offerId];
  if (!limit) return null;
  const fits = exposureOf(machine) + cents(limit.amount) <= cents(EXPOSURE_MAX);
  switch (step.result) {
    case 'accepted':
      // Accepting twice is accepting once.
      if (limit.status === 'accepted' || limit.status === 'active') return machine;
      return limit.status === 'offered' && fits
        ? set(machine, step.offerId, { ...limit, status: 'accepted' })
        : null;
    case 'exposure_limit_reached':
      return limit.status === 'offered' && !fits ? machine : null;
    case 'expired':
      return limit.status === 'expired' || limit.status === 'closed' ? machine : null;
  }
}

function close(machine: Machine, step: Step & { kind: 'close' }): Machine | null {
  const limit = machine.limits[step.offerId];
  if (!limit) return null;
  if (step.result === 'not_open')
    return limit.status === 'active' || limit.status === 'closed' ? null : machine;
  if (limit.status === 'closed') return machine;
  const mayBeActive = limit.status === 'accepted' || limit.status === 'active';
  return mayBeActive ? set(machine, step.offerId, { ...limit, status: 'closed' }) : null;
}

/** An accepted limit becomes active at a time that nobody chooses: it is so when it was seen to be. */
function observe(machine: Machine, offerId: string, status: Limit['status']): Machine | null {
  const limit = machine.limits[offerId];
  if (limit?.status === status) return machine;
  return limit?.status === 'accepted' && status === 'active'
    ? set(machine, offerId, { ...limit, status })
    : null;
}

function observeAll(machine: Machine, limits: Record<string, Limit>): Machine | null {
  if (Object.keys(limits).length !== Object.keys(machine.limits).length) return null;
  return Object.entries(limits).reduce<Machine | null>(
    (state, [offerId, { status, amount }]) =>
      state?.limits[offerId]?.amount === amount ? observe(state, offerId, status) : null,
    machine,
  );
}

function withoutOpenOffer(machine: Machine): Machine {
  const open = Object.entries(machine.limits).find(([, { status }]) => status === 'offered');
  return open ? set(machine, open[0], { ...open[1], status: 'expired' }) : machine;
}

function set(machine: Machine, offerId: string, limit: Limit): Machine {
  return { limits: { ...machine.limits, [offerId]: limit } };
}

function exposureOf({ limits }: Machine): number {
  return Object.values(limits).reduce(
    (sum, { status, amount }) => sum + (status === 'accepted' || status === 'active' ? cents(amount) : 0),
    0,
  );
}

const cents = (amount: number) => Math.round(amount * 100);
