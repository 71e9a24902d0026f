import { statSync } from 'node:fs';
import { join } from 'node:path';
import {
  askStatus,
  isReadiness,
  lagOf,
  type Readiness,
  type ServiceStatus,
  type StatusPage,
} from '../../deploy/local/stack/service-status.ts';
import type { ChildState } from '../../deploy/local/stack/state.ts';
import { isAlive } from '../../deploy/local/processes/process-id.ts';
import { type Check, note, ok, problem } from './check.ts';

/**
 * The checks of a running system: its gateway, its services, their backlogs.
 *
 * `forHealth`: for a health check, which has a container restarted. A service that is ready does without the
 * dependencies that are down, and a restart brings none of them back: they are notes.
 */

const ASK_MS = 3_000;
/** Events from the future are refused beyond 5 minutes; long before that something is wrong. */
const CLOCK_SECONDS_MAX = 30;
const CLOCK_REMEDY =
  'set the clock of its machine: between clocks that differ by a minute tokens are refused';
/** The relay polls four times a second. */
const OUTBOX_SECONDS_MAX = 60;

/**
 * The gateway as a client sees it: ready, its dependencies that are down, and whether its clock matches
 * ours.
 */
export async function checkGateway(url: string, remedy: string, forHealth = false): Promise<Check[]> {
  let response: Response;
  let body: string;
  try {
    response = await fetch(`${url}/readyz`, { signal: AbortSignal.timeout(ASK_MS), redirect: 'manual' });
    body = await response.text();
  } catch (error) {
    const why = (error as { code?: string }).code ?? (error instanceof Error ? error.message : String(error));
    return [problem(`gateway ${url}`, `no response (${why})`, remedy)];
  }
  const health = readHealth(body);
  if (!health) {
    const finding = `returns ${response.status}, not as a gateway does`;
    return [problem(`gateway ${url}`, finding, 'ecs config')];
  }
  const checks = checkDependencies('gateway', health, 'ecs status', forHealth);
  if (health.status === 'ok') checks.push(ok(`gateway ${url}`, 'ready'));
  else if (checks.length === 0) checks.push(problem(`gateway ${url}`, health.status, 'ecs status'));
  return [...checks, ...checkClock(response.headers.get('date'))];
}

function readHealth(body: string): Readiness | null {
  try {
    const health: unknown = JSON.parse(body);
    return isReadiness(health) ? health : null;
  } catch {
    return null;
  }
}

function checkClock(date: string | null): Check[] {
  const seconds = secondsFrom(date);
  if (seconds === null) return [];
  if (seconds <= CLOCK_SECONDS_MAX) return [ok('clock', `${seconds} s from the gateway's`)];
  return [problem('clock', `${seconds} s from the gateway's`, 'set it: events from the future are refused')];
}

/** Returns how far a clock is from ours; null where it is not told. */
function secondsFrom(date: string | null | undefined): number | null {
  const ms = Date.parse(date ?? '');
  return Number.isNaN(ms) ? null : Math.round(Math.abs(Date.now() - ms) / 1000);
}

/** A process that `ecs up` supervises. */
export async function checkChild(child: ChildState, dataDir: string, forHealth = false): Promise<Check[]> {
  const log = `see ${join(dataDir, 'logs', `${child.name}.log`)}`;
  if (!isAlive(child)) return [problem(child.name, child.cause ?? 'not running', log)];
  if (child.opsUrl === undefined) return [ok(child.name, child.state)];
  return checkPage(child.name, await askStatus(child.opsUrl), { remedy: log, forHealth });
}

/** A process at a private address. */
export async function checkOps(name: string, url: string, forHealth = false): Promise<Check[]> {
  return checkPage(name, await askStatus(url), {
    remedy: `is ${url} its private address (OPS_PORT)?`,
    forHealth,
  });
}

function checkPage(
  process: string,
  page: StatusPage | null,
  { remedy, forHealth }: { remedy: string; forHealth: boolean },
): Check[] {
  if (!page) return [problem(process, 'no response', remedy)];
  const hops = Object.entries(page.protections ?? {}).map(([variable, protection]) =>
    ok(`${process} -> ${variable}`, protection),
  );
  const seconds = secondsFrom(page.date) ?? 0;
  const isWrong = seconds > CLOCK_SECONDS_MAX;
  const fault = forHealth ? note : problem;
  const clock = isWrong ? [fault(process, `its clock is ${seconds} s from ours`, CLOCK_REMEDY)] : [];
  return [...hops, ...clock, ...page.parts.flatMap((service) => checkService(service, remedy, forHealth))];
}

/** The dependencies that are down. */
function checkDependencies(
  name: string,
  { status, dependencies = {} }: Readiness,
  remedy: string,
  forHealth: boolean,
): Check[] {
  const fault = forHealth && status === 'ok' ? note : problem;
  return Object.entries(dependencies)
    .filter(([, state]) => state !== 'up')
    .map(([dependency, state]) => fault(`${name} -> ${dependency}`, state, remedy));
}

function checkService(service: ServiceStatus, remedy: string, forHealth: boolean): Check[] {
  const checks = checkDependencies(service.name, service, remedy, forHealth);
  if (service.status !== 'ok' && checks.length === 0)
    checks.push(problem(service.name, service.status, remedy));
  if (service.breaker && service.breaker.state !== 'closed') {
    const finding = `${service.breaker.state}, next probe ${service.breaker.nextProbeAt ?? 'now'}`;
    checks.push(note(`${service.name}: breaker`, finding, 'ecs breaker'));
  }
  const { unsent = 0, oldestSeconds = 0 } = service.outbox ?? {};
  if (oldestSeconds > OUTBOX_SECONDS_MAX && unsent > 0) {
    const finding = `${unsent} messages wait, for ${Math.round(oldestSeconds)} s`;
    checks.push(note(`${service.name}: outbox`, finding, 'ecs status'));
  }
  const { deadLetters = 0, deadLettersDiscarded: discarded = 0 } = lagOf(service) ?? {};
  if (deadLetters > 0) checks.push(note(service.name, `${deadLetters} dead letters`, 'ecs dead-letters ls'));
  if (discarded > 0) {
    const finding = `${discarded} dead letters were discarded, the oldest first: their stream is full`;
    checks.push(note(service.name, finding, 'ecs dead-letters ls'));
  }
  return checks.length > 0 ? checks : [ok(service.name, 'ready')];
}

/** Files with tokens and secrets are their owner's alone. */
export function checkPrivate(files: string[]): Check[] {
  return files.flatMap((file) => {
    const mode = statSync(file, { throwIfNoEntry: false })?.mode;
    if (mode === undefined) return [];
    if ((mode & 0o077) === 0) return [ok(file, 'for its owner only')];
    return [problem(file, 'can be read by others', `chmod 600 ${file}`)];
  });
}
