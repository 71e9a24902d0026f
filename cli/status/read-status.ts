import { steps } from '../../deploy/local/command-line.ts';
import { isAlive } from '../../deploy/local/processes/process-id.ts';
import {
  askReadiness,
  askStatus,
  type ServiceStatus,
  type StatusPage,
} from '../../deploy/local/stack/service-status.ts';
import type { ChildState } from '../../deploy/local/stack/state.ts';
import { type Context, resolveContext, runningState } from '../config/context.ts';
import { findOperator, type OperatorFlags, opsUrlsOf } from '../config/operator-session.ts';
import { CliError, EXIT, talk } from '../ui/output.ts';

/** The services and engines of a system at this moment. */
export interface SystemStatus {
  url: string;
  dataDir?: string;
  state: string;
  services: ServiceRow[];
  engines: Record<string, unknown>[];
  /** Notes for users of the engines. */
  notes?: string[];
}

export interface ServiceRow extends Partial<ServiceStatus> {
  name: string;
  pid: number | undefined;
  state: string;
  ready: boolean;
}

/** Reads a local system from its files and private ports, another one by its gateway and the API. */
export function readStatus(flags: OperatorFlags): Promise<SystemStatus> {
  const context = resolveContext(flags);
  return context.isLocal && flags.operator === undefined
    ? localStatus(context.dataDir)
    : remoteStatus(context, flags);
}

async function localStatus(dataDir: string): Promise<SystemStatus> {
  const state = runningState(dataDir);
  const children = state.children.map((child) => ({
    ...child,
    state: child.state === 'running' && !isAlive(child) ? ('restarting' as const) : child.state,
  }));
  const services = await Promise.all(children.filter((child) => child.kind === 'service').map(servicesOf));
  const engines = children
    .filter((child) => child.kind === 'engine')
    .map(({ name, pid, port, state, restarts }) => ({ name, pid, port, state, restarts }));
  return {
    url: state.url,
    dataDir,
    state: state.state,
    services: services.flat(),
    engines,
    notes: state.notes,
  };
}

/**
 * Reads the gateway's health, and the services with a known private address. Throws exit code 5 when none
 * responds.
 */
async function remoteStatus(context: Context, flags: OperatorFlags): Promise<SystemStatus> {
  const { url } = context;
  const opsUrls = opsUrlsOf(context, flags);
  const [health, ...pages] = await Promise.all([
    askReadiness(url),
    ...opsUrls.map(async (ops) => ({ url: ops.url, page: await askStatus(ops.url) })),
  ]);
  if (!health) {
    throw new CliError(
      `${url} does not respond as a gateway`,
      EXIT.unreachable,
      steps('ecs doctor', 'ecs config'),
    );
  }
  const shown = opsUrls.length > 0 ? [] : await servicesByApi(flags);
  const gateway = { name: 'gateway', pid: undefined, state: health.status, ready: health.status === 'ok' };
  const hasGateway =
    shown.some(({ name }) => name === 'gateway') ||
    pages.some(({ page }) => page?.parts.some(({ name }) => name === 'gateway'));
  const services = pages.flatMap(({ url: from, page }) =>
    page
      ? page.parts.map((service) => serviceOf(service.name, 'running', { pid: page.pid }, page))
      : [{ name: new URL(from).host, pid: undefined, state: 'no response', ready: false }],
  );
  const unlisted = hasGateway ? [] : [{ ...gateway, dependencies: health.dependencies }];
  return { url, state: health.status, services: [...unlisted, ...shown, ...services], engines: [] };
}

/** The services that the API shows to an operator; none, with a word on why, when it shows none. */
async function servicesByApi(flags: OperatorFlags): Promise<ServiceRow[]> {
  try {
    const status = await findOperator(flags)?.api.system.status();
    return (status?.services ?? []).map(({ service, uptime_seconds: uptimeSeconds, details, ...row }) => ({
      ...(details as Partial<ServiceStatus>),
      name: service,
      pid: row.pid,
      state: 'running',
      ready: row.status === 'ok',
      uptimeSeconds,
      dependencies: row.dependencies,
    }));
  } catch (error) {
    if (flags.operator !== undefined) throw error;
    talk(`the services are not shown: ${error instanceof Error ? error.message : String(error)}`);
    return [];
  }
}

/** Each service of a process, with its own status. */
async function servicesOf(child: ChildState): Promise<ServiceRow[]> {
  const { services = [child.name], pid, state, restarts, cause } = child;
  // Each replica has its own name.
  const nameOf = (service: string) => (child.name.startsWith(`${service}-`) ? child.name : service);
  const page = await askStatus(child.opsUrl);
  const more = { pid, restarts, ...(state === 'running' ? {} : { cause }) };
  return services.map((service) => ({
    ...serviceOf(service, state, more, page),
    name: nameOf(service),
  }));
}

function serviceOf(
  name: string,
  state: string,
  more: { pid: number | undefined },
  page: StatusPage | null,
): ServiceRow {
  const serviceStatus: Partial<ServiceStatus> = page?.parts.find((service) => service.name === name) ?? {};
  const { status, name: _, ...details } = serviceStatus;
  return { name, ...more, state, ready: status === 'ok', uptimeSeconds: page?.uptimeSeconds, ...details };
}
