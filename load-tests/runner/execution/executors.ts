import type { Conductor } from './conductor.ts';
import { type Scenario, scenarioMs, scenarioVUs } from '../options/scenario-options.ts';
import { ownStarts } from '../options/segment.ts';
import { constantArrivals, rampingArrivals, rateAt, vuSteps } from '../options/schedule.ts';
import type { User } from '../script/user.ts';

/**
 * The six executors. Each starts iterations as its kind says until its time is over, then gives those under
 * way the scenario's `gracefulStop` before it ends them.
 */
type Of<Name extends Scenario['executor']> = Extract<Scenario, { executor: Name }>;

export function runExecutor(conductor: Conductor): Promise<void> {
  const { scenario } = conductor;
  switch (scenario.executor) {
    case 'shared-iterations':
    case 'per-vu-iterations':
      return runIterations(conductor, scenario);
    case 'constant-vus':
      return runConstantUsers(conductor, scenario);
    case 'ramping-vus':
      return runRampingUsers(conductor, scenario);
    case 'constant-arrival-rate':
    case 'ramping-arrival-rate':
      return runArrivals(conductor, scenario);
  }
}

interface Loop {
  hasNext(): boolean;
  iterate(user: User): Promise<User | undefined>;
}

/** Runs iterations one after the other while there is a next, each on the user of the one before. */
async function loop(conductor: Conductor, { hasNext, iterate }: Loop): Promise<void> {
  let user: User | undefined;
  while (hasNext()) {
    user ??= await conductor.takeUser();
    if (!user || !hasNext()) break;
    user = await iterate(user);
  }
  if (user) conductor.giveBack(user);
}

async function endGracefully(conductor: Conductor, iterations: Promise<unknown>): Promise<void> {
  const endMs = scenarioMs(conductor.scenario) + conductor.scenario.gracefulStopMs;
  let isDone = false;
  const finished = iterations.then(() => {
    isDone = true;
  });
  const timer = setTimeout(
    () => {
      if (!isDone) void conductor.watch(conductor.interruptAll());
    },
    Math.max(0, endMs - conductor.elapsedMs()),
  );
  await finished;
  clearTimeout(timer);
}

async function runIterations(
  conductor: Conductor,
  scenario: Of<'shared-iterations'> | Of<'per-vu-iterations'>,
): Promise<void> {
  const { vus, iterations, maxDurationMs } = scenario;
  const isShared = scenario.executor === 'shared-iterations';
  const total = isShared ? iterations : iterations * vus;
  let started = 0;
  const showShare = () => {
    conductor.showProgress(
      started / total,
      `${vus} VUs  ${started}/${total} ${isShared ? 'shared' : 'per-VU'} iters`,
    );
  };
  const users = Array.from({ length: vus }, () => {
    let startedCount = 0;
    const work = loop(conductor, {
      hasNext: () =>
        (isShared ? started : startedCount) < iterations &&
        !conductor.isOver() &&
        conductor.elapsedMs() < maxDurationMs,
      iterate(user) {
        started += 1;
        startedCount += 1;
        showShare();
        return conductor.iterate(user);
      },
    });
    return conductor.watch(work);
  });
  await endGracefully(conductor, Promise.all(users));
  if (conductor.elapsedMs() >= maxDurationMs && !conductor.isOver())
    conductor.dropIterations(total - started);
}

async function runConstantUsers(
  conductor: Conductor,
  { vus, durationMs }: Of<'constant-vus'>,
): Promise<void> {
  const showShare = () => conductor.showProgress(conductor.elapsedMs() / durationMs, `${vus} VUs`);
  const hasNext = () => !conductor.isOver() && conductor.elapsedMs() < durationMs;
  const iterate = (user: User) => {
    showShare();
    return conductor.iterateUntil(user, durationMs, showShare);
  };
  const users = Array.from({ length: vus }, () => conductor.watch(loop(conductor, { hasNext, iterate })));
  await endGracefully(conductor, Promise.all(users));
}

/** A slot of a ramp for a user; after its release it may be busy with its last iteration. */
interface Slot {
  isActive: boolean;
  looping?: Promise<void> | undefined;
  user?: User;
  grace?: ReturnType<typeof setTimeout>;
}

async function runRampingUsers(conductor: Conductor, scenario: Of<'ramping-vus'>): Promise<void> {
  const { startVUs, stages, gracefulRampDownMs } = scenario;
  const durationMs = scenarioMs(scenario);
  const slots: Slot[] = Array.from({ length: scenarioVUs(scenario).max }, () => ({ isActive: false }));
  const hasNext = (slot: Slot) => slot.isActive && !conductor.isOver() && conductor.elapsedMs() < durationMs;
  const runSlot = async (slot: Slot): Promise<void> => {
    await loop(conductor, {
      hasNext: () => hasNext(slot),
      async iterate(user) {
        slot.user = user;
        const next = await conductor.iterateUntil(user, durationMs);
        delete slot.user;
        return next;
      },
    });
    slot.looping = undefined;
  };
  const activate = (slot: Slot) => {
    slot.isActive = true;
    clearTimeout(slot.grace);
    slot.looping ??= conductor.watch(runSlot(slot));
  };
  const release = (slot: Slot) => {
    if (!slot.isActive) return;
    slot.isActive = false;
    slot.user?.stopRepeating?.();
    slot.grace = setTimeout(() => {
      if (slot.user) void conductor.watch(conductor.interrupt(slot.user.id));
    }, gracefulRampDownMs);
  };
  for (const { atMs, vus } of vuSteps(startVUs, stages)) {
    if (atMs >= durationMs || !(await conductor.waitUntil(atMs))) break;
    conductor.showProgress(atMs / durationMs, `${vus}/${slots.length} VUs`);
    for (const [index, slot] of slots.entries()) (index < vus ? activate : release)(slot);
  }
  await conductor.waitUntil(durationMs);
  await endGracefully(conductor, Promise.all(slots.flatMap(({ looping }) => looping ?? [])));
  for (const { grace } of slots) clearTimeout(grace);
}

async function runArrivals(
  conductor: Conductor,
  scenario: Of<'constant-arrival-rate'> | Of<'ramping-arrival-rate'>,
): Promise<void> {
  const { preAllocatedVUs, maxVUs, timeUnitMs } = scenario;
  const durationMs = scenarioMs(scenario);
  const isConstant = scenario.executor === 'constant-arrival-rate';
  const allStarts = isConstant
    ? constantArrivals(scenario.rate, timeUnitMs, durationMs)
    : rampingArrivals(scenario.startRate, scenario.stages, timeUnitMs);
  const starts = ownStarts(allStarts, scenario.stripe);
  const perSecond = (ms: number) =>
    ((isConstant ? scenario.rate : rateAt(scenario.startRate, scenario.stages, ms)) * 1000) / timeUnitMs;
  const { idle, takeIdle, isComplete } = await takeAtOnce(conductor, preAllocatedVUs);
  const busy = new Set<Promise<void>>();
  const reserve = { left: maxVUs - preAllocatedVUs, isOpening: false };

  const openFromReserve = async (): Promise<void> => {
    if (reserve.left <= 0 || reserve.isOpening || !isComplete() || conductor.isOver()) return;
    reserve.left -= 1;
    reserve.isOpening = true;
    try {
      idle.push(await conductor.addUser());
    } finally {
      reserve.isOpening = false;
    }
  };
  for (const atMs of starts) {
    if (conductor.elapsedMs() < atMs && !(await conductor.waitUntil(atMs))) break;
    if (conductor.isOver()) break;
    conductor.showProgress(atMs / durationMs, `${busy.size} VUs  ${perSecond(atMs).toFixed(2)} iters/s`);
    const user = idle.pop();
    if (!user) {
      conductor.dropIterations(1);
      void conductor.watch(openFromReserve());
      continue;
    }
    const work = conductor.iterate(user, atMs).then((next) => (next ? void idle.push(next) : takeIdle()));
    const iteration = conductor.watch(work).finally(() => busy.delete(iteration));
    busy.add(iteration);
  }
  await conductor.waitUntil(durationMs);
  await endGracefully(conductor, Promise.all(busy));
  for (const user of idle) conductor.giveBack(user);
}

/** Takes the users that are ready; the others become idle once they are. */
async function takeAtOnce(conductor: Conductor, count: number) {
  const idle: User[] = [];
  const takeIdle = async (): Promise<void> => {
    const user = await conductor.takeUser();
    if (user) idle.push(user);
  };
  let isComplete = false;
  const preparation = Promise.all(Array.from({ length: count }, () => conductor.watch(takeIdle()))).then(
    () => {
      isComplete = true;
    },
  );
  await Promise.race([preparation, new Promise((resolve) => setImmediate(resolve))]);
  return { idle, takeIdle, isComplete: () => isComplete };
}
