import type { FlowEngine } from '../../sdk/contracts/operator-flow.ts';
import type { Figures } from './figures.ts';
import type { ProcessSample } from './sample-process.ts';

/** The names of engines in the dependencies of services; one service may call its connection `nats of …`. */
const ENGINES = ['postgresql', 'nats'] as const;

export const engineOf = (dependency: string): string | undefined =>
  ENGINES.find((engine) => dependency === engine || dependency.startsWith(`${engine} of `));

/** The engines and the risk model, as the services that use them see them. */
export function enginesOf(samples: ProcessSample[], figures: Figures): FlowEngine[] {
  const dependencies = samples
    .flatMap(({ page }) => page?.parts ?? [])
    .flatMap((service) =>
      Object.entries(service.dependencies ?? {}).map(([name, state]) => ({
        service: service.name,
        name,
        state,
      })),
    );
  const engines = ENGINES.map((engine): FlowEngine => {
    const uses = dependencies.filter(({ name }) => engineOf(name) === engine);
    const down = uses.filter(({ state }) => state !== 'up');
    const [first] = down;
    if (uses.length === 0) return { name: engine, condition: 'unknown', detail: 'no service responds' };
    if (!first) return { name: engine, condition: 'ok', detail: null };
    const services = [...new Set(down.map(({ service }) => service))];
    return { name: engine, condition: 'fault', detail: `${first.state}, for ${services.join(', ')}` };
  });
  return [...engines, redisOf(figures), modelOf(figures)];
}

/** Fewer commands without a response were late alone: after so many in a row Redis is bypassed. */
const LOST_COUNT_MIN = 3;
const LOST_SHARE_MIN = 0.05;

/** Readiness does not ask for Redis, which nothing needs: its commands tell. */
function redisOf(figures: Figures): FlowEngine {
  const rateOf = (...outcomes: string[]) =>
    figures.rate('ecs_redis_commands_total', ({ outcome = '' }) => outcomes.includes(outcome)) ?? 0;
  const responded = rateOf('hit', 'miss', 'done');
  const refused = rateOf('refused');
  const lost = rateOf('failed', 'bypassed');
  const lostCount = Math.round(lost * figures.windowSeconds);
  const isLost = lostCount >= LOST_COUNT_MIN && lost / (lost + refused + responded) >= LOST_SHARE_MIN;
  const parts = [
    ...(isLost ? [`${lost.toFixed(1)} commands a second go without it`] : []),
    ...(refused > 0 ? [`${refused.toFixed(1)} commands a second are refused`] : []),
  ];
  if (parts.length > 0) return { name: 'redis', condition: 'warning', detail: parts.join(', ') };
  return responded > 0
    ? { name: 'redis', condition: 'ok', detail: null }
    : { name: 'redis', condition: 'unknown', detail: 'not asked just now' };
}

function modelOf(figures: Figures): FlowEngine {
  const state = breakerOf(figures);
  if (state === null) return { name: 'risk model', condition: 'unknown', detail: 'credit does not respond' };
  if (state === 'closed') return { name: 'risk model', condition: 'ok', detail: null };
  return { name: 'risk model', condition: 'fault', detail: `its breaker is ${state}` };
}

/** Of replicas, the breaker that is the most open. */
export function breakerOf(figures: Figures): 'closed' | 'half-open' | 'open' | null {
  const open = figures.gauge('ecs_breaker_open');
  if (open === null) return null;
  return open >= 1 ? 'open' : open > 0 ? 'half-open' : 'closed';
}
