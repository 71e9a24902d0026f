import { describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import { explain, type Operation } from './check-history.ts';
import { advance, EMPTY, EXPOSURE_MAX, type Machine, type Step } from './limit-machine.ts';

const offer = (offerId: string, amount: number): Step => ({ kind: 'offer', offerId, amount });
const accept = (offerId: string, result: 'accepted' | 'expired' | 'exposure_limit_reached'): Step => ({
  kind: 'accept',
  offerId,
  result,
});
const close = (offerId: string, result: 'closed' | 'not_open'): Step => ({ kind: 'close', offerId, result });
const readExposure = (exposure: number): Step => ({ kind: 'read-exposure', exposure });

/** One after the other. */
const sequence = (...steps: Step[]): Operation[] =>
  steps.map((step, place) => ({ step, startMs: 2 * place, endMs: 2 * place + 1 }));
/** All at once. */
const together = (...steps: Step[]): Operation[] => steps.map((step) => ({ step, startMs: 0, endMs: 1 }));

describe('a history that can be explained', () => {
  test.each([
    ['of one limit after another', sequence(offer('a', 6000), accept('a', 'accepted'), readExposure(6000))],
    [
      'in which a closed limit makes room',
      sequence(
        offer('a', 6000),
        accept('a', 'accepted'),
        close('a', 'closed'),
        offer('b', 9000),
        accept('b', 'accepted'),
      ),
    ],
    ['in any order of its concurrent clients', together(accept('a', 'accepted'), offer('a', 6000))],
    [
      'in which an acceptance loses against an analysis',
      [...sequence(offer('a', 6000)), ...together(offer('b', 5000), accept('a', 'expired'))].map(
        (operation, place) => (place === 0 ? { ...operation, startMs: -2, endMs: -1 } : operation),
      ),
    ],
  ])('%s', (_name, history) => expect(explain(history)).toBeNull());

  test('with an acceptance that nobody was told of, whether it happened or not', () => {
    const uncertain = { step: accept('a', 'accepted'), startMs: 2, endMs: Infinity, isUncertain: true };
    for (const exposure of [0, 6000]) {
      const reading = { step: readExposure(exposure), startMs: 4, endMs: 5 };
      expect(explain([...sequence(offer('a', 6000)), uncertain, reading])).toBeNull();
    }
  });
});

describe('a history that cannot be explained', () => {
  test.each([
    [
      'of two open offers',
      sequence(offer('a', 3000), offer('b', 3000), accept('a', 'accepted'), accept('b', 'accepted')),
    ],
    [
      'of an offer above the highest sum',
      sequence(offer('a', 6000), accept('a', 'accepted'), offer('b', 4000.01)),
    ],
    [
      'of an expired offer that is given again',
      sequence(offer('a', 6000), offer('b', 5000), offer('a', 6000)),
    ],
    [
      'of an accepted offer that is given again',
      sequence(offer('a', 5000), accept('a', 'accepted'), offer('a', 5000)),
    ],
    [
      'of a sum that does not have what was accepted',
      sequence(offer('a', 6000), accept('a', 'accepted'), readExposure(0)),
    ],
    [
      'of a limit that is open after it was closed',
      sequence(offer('a', 6000), accept('a', 'accepted'), close('a', 'closed'), close('a', 'not_open')),
    ],
    [
      'of an acceptance after it was refused for room that there was',
      sequence(offer('a', 6000), accept('a', 'exposure_limit_reached')),
    ],
  ])('%s', (_name, history) => expect(explain(history)).not.toBeNull());
});

test('every run of the machine by concurrent clients is explained, and no sum that it did not have', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(), { minLength: 1, maxLength: 16 }), fc.nat(), (choices, place) => {
      const { history, exposures } = play(choices);
      expect(explain(history)).toBeNull();
      // A client that reads a sum which no state in its time had.
      const atMs = 10 * (place % (choices.length + 1)) + 5;
      const reading = { step: readExposure(EXPOSURE_MAX + 1), startMs: atMs, endMs: atMs + 1 };
      expect(exposures).not.toContain(EXPOSURE_MAX + 1);
      expect(explain([...history, reading])).not.toBeNull();
    }),
    { numRuns: 300 },
  );
});

test('a history says the same with and without the orders that the search leaves out', () => {
  let explained = 0;
  fc.assert(
    fc.property(
      fc.array(fc.nat(), { minLength: 1, maxLength: 7 }),
      fc.array(fc.constantFrom('told', 'told', 'untold', 'never'), { minLength: 7, maxLength: 7 }),
      fc.constantFrom(0, 0, 1000, 2000),
      (choices, fates, exposure) => {
        const { history } = playUntold(choices, fates);
        // May be the sum of a moment in that time.
        history.push({ step: readExposure(exposure), startMs: 35, endMs: 45 });
        const isExplained = explain(history) === null;
        expect(isExplained).toBe(hasOrder(EMPTY, history));
        explained += isExplained ? 1 : 0;
      },
    ),
    { numRuns: 300 },
  );
  expect(explained).toBeGreaterThan(30);
  expect(explained).toBeLessThan(270);
});

test('a long history in which most clients were told nothing is explained, or known to have no order', () => {
  const told = fc.constantFrom('told', 'untold', 'untold');
  fc.assert(
    fc.property(
      fc.array(fc.nat(), { minLength: 24, maxLength: 24 }),
      fc.array(told, { minLength: 24, maxLength: 24 }),
      (choices, fates) => {
        const { history } = playUntold(choices, fates);
        expect(explain(history)).toBeNull();
        const endMs = history.at(-1)?.startMs ?? 0;
        const reading = { step: readExposure(EXPOSURE_MAX + 1), startMs: endMs - 1, endMs: endMs - 1 };
        expect(explain([...history, reading])).not.toBeNull();
      },
    ),
    { numRuns: 50 },
  );
});

/**
 * A run of the machine in which clients were told nothing of some steps, and some of those never happened; at
 * the end all limits are read.
 */
function playUntold(choices: number[], fates: string[]) {
  const { history } = play(choices);
  let machine: Machine = EMPTY;
  const operations = history.map((operation, place): Operation => {
    const isOffer = operation.step.kind === 'offer';
    if (fates[place] !== 'never') machine = advance(machine, operation.step) ?? machine;
    if (fates[place] === 'told') return operation;
    // An offer is found in the tables.
    return { ...operation, endMs: Infinity, ...(isOffer ? {} : { isUncertain: true }) };
  });
  const endMs = 10 * (choices.length + 10);
  operations.push({ step: { kind: 'read-all', limits: machine.limits }, startMs: endMs, endMs });
  return { history: operations };
}

/** Whether any order explains the operations, of all that there are. */
function hasOrder(machine: Machine, open: Operation[]): boolean {
  if (open.every(({ isUncertain }) => isUncertain)) return true;
  const firstEndMs = Math.min(...open.map(({ endMs }) => endMs));
  return open.some((operation) => {
    if (operation.startMs > firstEndMs) return false;
    const next = advance(machine, operation.step);
    return (
      next !== null &&
      hasOrder(
        next,
        open.filter((other) => other !== operation),
      )
    );
  });
}

/** A run of the machine: each step happens at 10 ms after the last, somewhere in its operation's time. */
function play(choices: number[]): { history: Operation[]; exposures: number[] } {
  let machine: Machine = EMPTY;
  const exposures = [0];
  const history = choices.map((choice, place): Operation => {
    const step = possibleSteps(machine, place)[choice % possibleSteps(machine, place).length] as Step;
    machine = advance(machine, step) as Machine;
    const open = Object.values(machine.limits).filter(({ status }) =>
      ['accepted', 'active'].includes(status),
    );
    exposures.push(open.reduce((sum, { amount }) => sum + amount, 0));
    const atMs = 10 * (place + 1);
    return { step, startMs: atMs - (choice % 37), endMs: atMs + (choice % 23) };
  });
  return { history, exposures };
}

function possibleSteps(machine: Machine, place: number): Step[] {
  const limits = Object.entries(machine.limits);
  const ids = limits.map(([id]) => id);
  const steps: Step[] = [
    ...[0, ...limits.map(([, { amount }]) => amount)].map(readExposure),
    // Activation happens by itself: a read finds it done.
    ...limits.flatMap(([offerId, { status }]): Step[] =>
      [status, 'active' as const].map((result) => ({ kind: 'read-offer', offerId, status: result })),
    ),
    { kind: 'denial' },
    offer(`offer-${place}`, 1000 * (1 + (place % 7))),
    ...ids.flatMap((id): Step[] => [
      accept(id, 'accepted'),
      accept(id, 'expired'),
      accept(id, 'exposure_limit_reached'),
      close(id, 'closed'),
      close(id, 'not_open'),
    ]),
  ];
  return steps.filter((step) => advance(machine, step) !== null);
}
