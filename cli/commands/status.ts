import type { Command } from 'commander';
import { steps } from '../../deploy/local/command-line.ts';
import type { Lag } from '../../platform/consuming/consumer.ts';
import { run } from '../ui/failure.ts';
import { withExamples } from '../ui/help.ts';
import { CliError, EXIT, print, printJson, printJsonLine, printTable, talk } from '../ui/output.ts';
import { interruptSignal } from '../config/session.ts';
import { pause } from '../../platform/kernel/lifecycle.ts';
import { findOperator, type OperatorFlags, operatorOption, opsUrlsOf } from '../config/operator-session.ts';
import {
  askReadiness,
  askStatus,
  downOf,
  type ServiceStatus,
  type StatusPage,
} from '../../deploy/local/stack/service-status.ts';
import type { ChildState } from '../../deploy/local/stack/state.ts';
import { isAlive } from '../../deploy/local/processes/process-id.ts';
import { resolveContext, runningState, type Context } from '../config/context.ts';
import { activePoliciesOf, describeActivePolicies } from '../policies/active-policies.ts';

export function register(program: Command): void {
  const status = operatorOption(program.command('status'))
    .description(
      'Shows every service with its backlog. Of a system elsewhere: the state of its gateway, and every ' +
        'service whose private address is known (ECS_OPS_URLS, or `ecs profile add --ops-url`), or that ' +
        'the API shows to the operator who is logged in.',
    )
    .option('-w, --watch', 'again every two seconds, until Ctrl-C')
    .action(
      run(async (flags: OperatorFlags & { watch?: boolean }) => {
        if (flags.watch) return watch(flags);
        const systemStatus = await readStatus(flags);
        if (flags.json) printJson(systemStatus);
        else show(systemStatus);
      }),
    );
  withExamples(
    status,
    ['ecs status'],
    ['ecs status --watch'],
    ["ecs status --json | jq '.data.services[] | {name, ready}'"],
    ['ECS_URL=https://ecs.example.com ecs status', 'a system elsewhere'],
  );
}

const WATCH_MS = 2000;
const CLEAR = '\u001b[H\u001b[2J';

async function watch(flags: OperatorFlags): Promise<void> {
  const signal = interruptSignal();
  let isShown = false;
  while (!signal.aborted) {
    try {
      const systemStatus = await readStatus(flags);
      if (process.stdout.isTTY && !flags.json) process.stdout.write(CLEAR);
      if (flags.json) printJsonLine(systemStatus);
      else show(systemStatus);
      isShown = true;
    } catch (error) {
      // Watches on while the system is down, until it is back.
      if (!isShown || !(error instanceof CliError && error.exitCode === EXIT.unreachable)) throw error;
      talk(error.message);
    }
    await pause(WATCH_MS, signal).catch(() => {});
  }
}

function readStatus(flags: OperatorFlags): Promise<SystemStatus> {
  const context = resolveContext(flags);
  return context.isLocal && flags.operator === undefined
    ? localStatus(context.dataDir)
    : remoteStatus(context, flags);
}

interface SystemStatus {
  url: string;
  dataDir?: string;
  state: string;
  services: ServiceRow[];
  engines: Record<string, unknown>[];
  /** Notes for users of the engines. */
  notes?: string[];
}

interface ServiceRow extends Partial<ServiceStatus> {
  name: string;
  pid: number | undefined;
  state: string;
  ready: boolean;
}

const COLUMNS = 'name,pid,state,ready,restarts,lag,redelivered,dead letters,outbox,dependencies'.split(',');

function show({ url, dataDir, state, services, engines, notes = [] }: SystemStatus): void {
  print(`${url}  ${dataDir === undefined ? state : `data in ${dataDir}`}\n`);
  printTable(
    services.map((service) => ({ ...service, ...workOf(service), dependencies: stateOf(service) })),
    COLUMNS,
  );
  const policies = new Set(
    services.flatMap((service) => describeActivePolicies(activePoliciesOf([service]) ?? [])),
  );
  if (policies.size > 0) print('');
  for (const text of policies) print(`policy ${text}`);
  for (const { retention } of services) {
    if (!retention) continue;
    const rules = Object.entries(retention).map(([name, { months }]) => `${name} ${months}`);
    print(`\nretention in months: ${rules.join(', ')}`);
  }
  for (const { erasures } of services) {
    if (!erasures || erasures.open === 0) continue;
    print(`\n${erasures.open} erasures are under way, the oldest for ${Math.ceil(erasures.oldestSeconds)} s`);
  }
  if (engines.length === 0) return;
  print('');
  printTable(engines, ['name', 'pid', 'port', 'state', 'restarts']);
  for (const text of notes) print(`\nnote: ${text}`);
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
      : [{ name: new URL(from).host, pid: undefined, state: 'no answer', ready: false }],
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

/** Null for a service without a status, as of a process that does not respond. */
const stateOf = (service: ServiceRow) => (service.ready || service.dependencies ? downOf(service) : null);

/** Dead letters, and how many more were discarded, or cannot be published. */
function deadLettersOf({
  deadLetters,
  deadLettersDiscarded = 0,
  deadLettersWaiting = 0,
}: Partial<Lag>): string | number {
  const more = [
    ...(deadLettersDiscarded > 0 ? [`${deadLettersDiscarded} discarded`] : []),
    ...(deadLettersWaiting > 0 ? [`${deadLettersWaiting} messages wait`] : []),
  ];
  return more.length === 0 ? (deadLetters ?? 0) : `${deadLetters} (${more.join(', ')})`;
}

/** The backlog of a service: messages, dead letters, and outbox rows with the age of the oldest. */
function workOf({ consumer, outbox }: Partial<ServiceStatus>) {
  const age = outbox && outbox.unsent > 0 ? ` (${Math.ceil(outbox.oldestSeconds)} s)` : '';
  return {
    ...(consumer
      ? {
          lag: consumer.pending + consumer.unacknowledged,
          redelivered: consumer.redelivered,
          'dead letters': deadLettersOf(consumer),
        }
      : {}),
    ...(outbox ? { outbox: `${outbox.unsent}${age}` } : {}),
  };
}
