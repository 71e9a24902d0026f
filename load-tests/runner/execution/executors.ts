import type { Conductor } from './conductor.ts';
import type { Scenario } from '../options/scenario-options.ts';
import { scenarioMs, scenarioVUs } from '../options/scenario-options.ts';
import { constantArrivals, rampingArrivals, rateAt, vuSteps } from '../core/schedule.ts';
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

/** Users that run one iteration after the other while there is one more. */
async function loop(conductor: Conductor, hasNext: () => boolean): Promise<void> {
  let user = await conductor.take();
  while (hasNext()) user = await conductor.iterate(user);
  conductor.give(user);
}

async function endGracefully(conductor: Conductor, all: Promise<unknown>): Promise<void> {
  const endMs = scenarioMs(conductor.scenario) + conductor.scenario.gracefulStopMs;
  let isDone = false;
  const finished = all.then(() => {
    isDone = true;
  });
  const timer = setTimeout(
    () => {
      if (!isDone) void conductor.interruptAll();
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
  const share = () => {
    conductor.progress(
      started / total,
      `${vus} VUs  ${started}/${total} ${isShared ? 'shared' : 'per-VU'} iters`,
    );
  };
  const users = Array.from({ length: vus }, () => {
    let startedCount = 0;
    return loop(conductor, () => {
      const has = isShared ? started < iterations : startedCount < iterations;
      if (!has || conductor.isOver() || conductor.elapsedMs() >= maxDurationMs) return false;
      started += 1;
      startedCount += 1;
      share();
      return true;
    });
  });
  await endGracefully(conductor, Promise.all(users));
  if (conductor.elapsedMs() >= maxDurationMs && !conductor.isOver()) conductor.drop(total - started);
}

async function runConstantUsers(
  conductor: Conductor,
  { vus, durationMs }: Of<'constant-vus'>,
): Promise<void> {
  const users = Array.from({ length: vus }, () =>
    loop(conductor, () => {
      conductor.progress(conductor.elapsedMs() / durationMs, `${vus} VUs`);
      return !conductor.isOver() && conductor.elapsedMs() < durationMs;
    }),
  );
  await endGracefully(conductor, Promise.all(users));
}

/** A place in a ramp: wanted or not, and busy with its last iteration after it was wanted. */
interface Place {
  wanted: boolean;
  looping?: Promise<void> | undefined;
  user?: User;
  grace?: ReturnType<typeof setTimeout>;
}

async function runRampingUsers(conductor: Conductor, scenario: Of<'ramping-vus'>): Promise<void> {
  const { startVUs, stages, gracefulRampDownMs } = scenario;
  const durationMs = scenarioMs(scenario);
  const places: Place[] = Array.from({ length: scenarioVUs(scenario).max }, () => ({ wanted: false }));
  const isWanted = (place: Place) =>
    place.wanted && !conductor.isOver() && conductor.elapsedMs() < durationMs;
  const work = async (place: Place): Promise<void> => {
    let user = await conductor.take();
    while (isWanted(place)) {
      place.user = user;
      user = await conductor.iterate(user);
    }
    delete place.user;
    place.looping = undefined;
    conductor.give(user);
  };
  const want = (place: Place) => {
    place.wanted = true;
    clearTimeout(place.grace);
    place.looping ??= work(place);
  };
  const release = (place: Place) => {
    if (!place.wanted) return;
    place.wanted = false;
    place.grace = setTimeout(() => {
      if (place.user) void conductor.interrupt(place.user.id);
    }, gracefulRampDownMs);
  };
  for (const { atMs, vus } of vuSteps(startVUs, stages)) {
    if (atMs >= durationMs || !(await conductor.until(atMs))) break;
    conductor.progress(atMs / durationMs, `${vus}/${places.length} VUs`);
    for (const [index, place] of places.entries()) (index < vus ? want : release)(place);
  }
  await conductor.until(durationMs);
  await endGracefully(conductor, Promise.all(places.flatMap(({ looping }) => looping ?? [])));
  for (const { grace } of places) clearTimeout(grace);
}

async function runArrivals(
  conductor: Conductor,
  scenario: Of<'constant-arrival-rate'> | Of<'ramping-arrival-rate'>,
): Promise<void> {
  const { preAllocatedVUs, maxVUs, timeUnitMs } = scenario;
  const durationMs = scenarioMs(scenario);
  const isConstant = scenario.executor === 'constant-arrival-rate';
  const starts = isConstant
    ? constantArrivals(scenario.rate, timeUnitMs, durationMs)
    : rampingArrivals(scenario.startRate, scenario.stages, timeUnitMs);
  const perSecond = (ms: number) =>
    ((isConstant ? scenario.rate : rateAt(scenario.startRate, scenario.stages, ms)) * 1000) / timeUnitMs;
  const idle = await Promise.all(Array.from({ length: preAllocatedVUs }, () => conductor.take()));
  const busy = new Set<Promise<void>>();
  const more = { left: maxVUs - preAllocatedVUs, opening: false };

  const openOneMore = async (): Promise<void> => {
    if (more.left <= 0 || more.opening || conductor.isOver()) return;
    more.left -= 1;
    more.opening = true;
    idle.push(await conductor.add());
    more.opening = false;
  };
  for (const atMs of starts) {
    if (conductor.elapsedMs() < atMs && !(await conductor.until(atMs))) break;
    if (conductor.isOver()) break;
    conductor.progress(atMs / durationMs, `${busy.size} VUs  ${perSecond(atMs).toFixed(2)} iters/s`);
    const user = idle.pop();
    if (!user) {
      conductor.drop(1);
      void openOneMore();
      continue;
    }
    const iteration = conductor.iterate(user, atMs).then((next) => {
      idle.push(next);
      busy.delete(iteration);
    });
    busy.add(iteration);
  }
  await conductor.until(durationMs);
  await endGracefully(conductor, Promise.all(busy));
  for (const user of idle) conductor.give(user);
}
