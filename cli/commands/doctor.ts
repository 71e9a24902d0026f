import { join } from 'node:path';
import type { Command } from 'commander';
import { askedHost, readHost } from '../../platform/addresses/host.ts';
import { NO_REDIS } from '../../platform/addresses/redis.ts';
import { type Check, note, ok, problem } from '../doctor/check.ts';
import { originOf } from '../doctor/engine-origin.ts';
import { checkMachine, checkPort } from '../doctor/machine.ts';
import { checkChild, checkGateway, checkOps, checkPrivate } from '../doctor/system.ts';
import { environment } from '../../deploy/local/environment.ts';
import { configFolder } from '../ui/config-folder.ts';
import { readUserEnvironment } from '../ui/environment.ts';
import { talkColors } from '../ui/colors.ts';
import { run } from '../ui/failure.ts';
import { commandLine } from '../../deploy/local/command-line.ts';
import { asCalled } from '../ui/command-line.ts';
import { withExamples } from '../ui/help.ts';
import { excludes } from '../ui/option-rules.ts';
import { CliError, EXIT, print, printJson, printTable, talk } from '../ui/output.ts';
import { readInteger, type SystemFlags } from '../config/session.ts';
import { findOrphans } from '../../deploy/local/stack/stop-system.ts';
import { isAlive } from '../../deploy/local/processes/process-id.ts';
import { filesWithSecrets } from '../../deploy/local/stack/secrets.ts';
import { readState, type SystemState } from '../../deploy/local/stack/state.ts';
import { chooseRemote, dataDirOf, resolveContext, type Context } from '../config/context.ts';

interface Flags extends SystemFlags {
  port: string;
  all?: boolean;
  health?: boolean;
}

const ANY_PORT = { min: 1, max: 65_535 };

export function register(program: Command): void {
  const doctor = program
    .command('doctor')
    .description(
      'Checks everything that can be reached from here and prints one line a problem, with its remedy. ' +
        'Prints nothing and exits with 0 when all is well (a terminal is told so); notes are printed and ' +
        'fail nothing. Before the first `ecs up` it checks what the machine lacks.',
    )
    .option('--all', 'print what is well, too')
    .option('--health', 'only whether what runs is ready: for the health check of a container')
    .option('-p, --port <port>', 'the port that `ecs up` is to have', '9999')
    .action(run(examine));
  // A running system has its port already.
  excludes(doctor, '--health', '--port');
  withExamples(
    doctor,
    ['ecs doctor', 'nothing is printed: all is well'],
    ['ecs doctor --all', 'every check, the good ones too'],
    ['ecs doctor --health', 'in a container: asks its own OPS_PORT'],
    ['ecs doctor --url https://ecs.example.com', 'a system elsewhere'],
  );
}

async function examine(flags: Flags): Promise<void> {
  const results = await findChecks(flags);
  const checks = results.map((check) => ({ ...check, remedy: asCalled(check.remedy) }));
  const problems = checks.filter(({ state }) => state === 'problem');
  const data = { healthy: problems.length === 0, checks };
  if (!flags.json) show(checks, flags.all ?? false);
  if (problems.length > 0) {
    const count = problems.length === 1 ? '1 problem' : `${problems.length} problems`;
    throw new CliError(`${count} found`, EXIT.failed, undefined, { data, code: 'unhealthy', isSaid: true });
  }
  if (flags.json) printJson(data);
}

function show(checks: Check[], all: boolean): void {
  if (all) {
    printTable(checks.map(({ state, ...check }) => ({ '': state, ...check })));
    return;
  }
  for (const { check, state, found: finding, remedy } of checks) {
    if (state !== 'ok') print(`${state === 'note' ? 'note: ' : ''}${check}: ${finding} -> ${remedy}`);
  }
  // Printed on a terminal only: a person would wonder whether anything was checked.
  if (process.stdout.isTTY && checks.every(({ state }) => state === 'ok')) {
    talk(talkColors.dim(`all is well: ${checks.length} checks (--all shows them)`));
  }
}

async function findChecks(flags: Flags): Promise<Check[]> {
  const port = readInteger('--port', flags.port, ANY_PORT);
  const dataDir = dataDirOf(flags);
  const forHealth = flags.health ?? false;
  if (chooseRemote(flags) !== null) return checkRemote(resolveContext(flags), forHealth);
  const state = readState(dataDir);
  if (state !== null && isAlive(state.supervisor)) {
    const children = await Promise.all(state.children.map((child) => checkChild(child, dataDir, forHealth)));
    if (forHealth) return [...children.flat(), ...(await checkGateway(state.url, restartOf(state), true))];
    const system = await checkRemote(resolveContext(flags), false, children.flat());
    // The running engine may be of another version than the one that would be started now.
    const notes = (state.notes ?? []).map((text) => note('broker', text, restartOf(state)));
    return [...checkMachine(dataDir), ...notes, ...system];
  }
  const ownUrls = ownOpsUrls();
  if (ownUrls.length > 0)
    return (await Promise.all(ownUrls.map((url) => checkOps(url, url, forHealth)))).flat();
  if (forHealth) {
    throw new CliError(`no system runs on ${dataDir}`, EXIT.failed, 'OPS_PORT, ECS_OPS_URLS or ECS_URL', {
      code: 'unhealthy',
    });
  }
  return [
    ...checkMachine(dataDir),
    await checkPort(port),
    ...checkOrphans(dataDir),
    ok('system', 'not running'),
  ];
}

/** Stops the system of this machine and starts one like it. */
const restartOf = (state: SystemState | null) =>
  `${commandLine('down')} && ${commandLine('up', '--detach', ...(state?.upFlags ?? []))}`;

/** Processes of a system with a supervisor that was killed. */
function checkOrphans(dataDir: string): Check[] {
  const orphans = findOrphans(dataDir);
  if (orphans.length === 0) return [];
  const names = orphans.map(({ name, pid }) => `${name} (pid ${pid})`).join(', ');
  const remedy = commandLine('down', '--data-dir', dataDir);
  return [problem('orphans', `left by an ecs up that was killed: ${names}`, remedy)];
}

/** In a container there is one process, with its private port in its environment. */
function ownOpsUrls(): string[] {
  const { HOST = '127.0.0.1', OPS_PORT } = environment();
  const privateUrls = readUserEnvironment().opsUrls ?? [];
  return privateUrls.length > 0 || !OPS_PORT
    ? privateUrls
    : [`http://${askedHost(readHost(HOST))}:${OPS_PORT}`];
}

/** Checks the addresses of a system; its processes may have been checked already. */
async function checkRemote(context: Context, forHealth: boolean, processes?: Check[]): Promise<Check[]> {
  const { url, opsUrls, databaseUrl, natsUrl, home } = context;
  const state = context.isLocal ? readState(context.dataDir) : null;
  const [gateway, ops] = await Promise.all([
    checkGateway(url, context.isLocal ? restartOf(state) : 'ecs config', forHealth),
    processes ??
      Promise.all(opsUrls.map(({ name, url: opsUrl }) => checkOps(name, opsUrl, forHealth))).then(
        (checkLists) => checkLists.flat(),
      ),
  ]);
  if (forHealth) return [...gateway, ...ops];
  // Loaded late: the engines' clients are the most of the code, and a health check needs none.
  const { checkBroker, checkCache, checkDatabase } = await import('../doctor/stores.ts');
  const redisUrl = state?.redisUrl ?? readUserEnvironment().redisUrl;
  const logOf = (name: string) => join(context.dataDir, 'logs', `${name}.log`);
  const origin = (name: string, variable: string, isOwn = true) =>
    originOf(name, variable, { state: isOwn ? state : null, logOf });
  const [database, broker, cache] = await Promise.all([
    databaseUrl
      ? checkDatabase(databaseUrl, origin('postgresql', 'DATABASE_URL', databaseUrl === state?.databaseUrl))
      : [],
    natsUrl ? checkBroker(natsUrl, origin('nats', 'NATS_URL', natsUrl === state?.natsUrl)) : [],
    redisUrl && redisUrl !== NO_REDIS ? checkCache(redisUrl, origin('redis', 'REDIS_URL')) : [],
  ]);
  const files = checkPrivate([
    join(home, 'credentials.json'),
    join(home, 'operators.json'),
    join(configFolder(), 'profiles.json'),
    ...(context.isLocal ? filesWithSecrets(context.dataDir) : []),
  ]);
  return [...gateway, ...ops, database, broker, cache, files].flat();
}
