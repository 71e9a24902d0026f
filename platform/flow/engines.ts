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

/** Readiness does not ask for Redis, which nothing needs: its reads tell. */
function redisOf(figures: Figures): FlowEngine {
  const rateOf = (outcome: string) =>
    figures.rate('ecs_cache_reads_total', (labels) => labels.outcome === outcome) ?? 0;
  const failed = rateOf('failed') + rateOf('refused') + rateOf('bypassed');
  if (failed > 0) {
    return {
      name: 'redis',
      condition: 'warning',
      detail: `${failed.toFixed(1)} reads a second go without it`,
    };
  }
  const isRead = rateOf('hit') + rateOf('miss') > 0;
  return { name: 'redis', condition: isRead ? 'ok' : 'unknown', detail: isRead ? null : 'not read just now' };
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
