import { lstatSync, realpathSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { type Command, Option } from 'commander';
import { commandLine } from '../../deploy/local/command-line.ts';
import { asCalled, rememberCall, wordsOfCall } from '../ui/command-line.ts';
import { pc, talkColors } from '../ui/colors.ts';
import { run } from '../ui/failure.ts';
import { withExamples } from '../ui/help.ts';
import { needs } from '../ui/option-rules.ts';
import { print, printJson, talk, talkNotice } from '../ui/output.ts';
import { readInteger, type SystemFlags } from '../config/session.ts';
import { internalKeyFile } from '../../deploy/local/stack/secrets.ts';
import { readReplicas, type Replicas } from '../../deploy/local/stack/replicas.ts';
import { readState, type SystemState } from '../../deploy/local/stack/state.ts';
import { createDeathTeller } from '../../deploy/local/stack/tell-deaths.ts';
import { chooseRemote, dataDirOf, resolveContext } from '../config/context.ts';
import { askActivePolicies, describeActivePolicies } from '../policies/active-policies.ts';

interface Options extends SystemFlags {
  detach?: boolean;
  split?: boolean;
  replicas?: string;
  port: string;
  supervisorLog?: string;
  calledAs?: string;
}

export function register(program: Command): void {
  const up = program
    .command('up')
    .description(
      'Starts PostgreSQL, NATS and Redis on free ports, migrates, and starts every service of the system.',
    )
    .option('-d, --detach', 'return when it is ready, leave it running')
    .option('--split', 'one process per service instead of one for all')
    .option(
      '--replicas <service=n,...>',
      'of --split: processes of a service, which share its port and its work',
    )
    .option('-p, --port <port>', "the gateway's port", '9999')
    .addOption(
      new Option('--supervisor-log <file>', 'of --detach: its log once it has the folder').hideHelp(),
    )
    .addOption(new Option('--called-as <words>', 'of --detach: the words of its call, for hints').hideHelp())
    .action(
      run(async (options: Options) => {
        if (options.detach) await upDetached(options);
        else await upHere(options);
      }),
    );
  needs(up, '--replicas', '--split');
  withExamples(
    up,
    ['ecs up', 'in this terminal, until Ctrl-C'],
    ['ecs up --detach', 'leave it running'],
    ['ecs up --detach --data-dir /tmp/second --port 0', 'a second system beside it, on a free port'],
    ['ecs up --split --replicas gateway=4,emotion-processing=2', 'on a machine with many cores'],
    ['ecs up --detach --json | jq -r .data.url'],
  );
}

const readPort = (text: string) => readInteger('--port', text, { min: 0, max: 65_535 });

const replicasOf = ({ replicas }: Options): Replicas =>
  replicas === undefined ? {} : readReplicas(replicas);

async function upHere(options: Options): Promise<void> {
  const dataDir = dataDirOf(options);
  const { supervisorLog, calledAs } = options;
  if (calledAs !== undefined) rememberCall(JSON.parse(calledAs) as string[]);
  const { runUntilSignal } = await import('../../deploy/local/stack/run-until-signal.ts');
  await runUntilSignal({
    dataDir,
    onClaimed: () => {
      // Moved once the folder is claimed, so that no earlier run's log is shown as this one's.
      if (supervisorLog) renameSync(supervisorLog, join(dataDir, 'logs', 'supervisor.log'));
    },
    port: readPort(options.port),
    split: options.split ?? false,
    replicas: replicasOf(options),
    onStep: (step) => talk(talkColors.dim(`${step} ...`)),
    notify: talkNotice,
    onChildren: createDeathTeller((line) => talk(talkColors.yellow(line))),
    // A detached system is shown by the process that started it.
    onRunning: (system) => {
      if (!supervisorLog) void show(options, system.state(), system.internalKey);
    },
    onStopping: () => talk('stopping: services first, engines last (once more stops at once)'),
  });
}

async function upDetached(options: Options): Promise<void> {
  const dataDir = dataDirOf(options);
  // Checked first, so that a usage error starts no process.
  replicasOf(options);
  const earlier = readState(dataDir)?.supervisor.pid;
  const { startDetached } = await import('../up/start-detached.ts');
  const starting = startDetached(dataDir, [
    '--port',
    String(readPort(options.port)),
    '--called-as',
    JSON.stringify(wordsOfCall()),
    ...(options.split ? ['--split'] : []),
    ...(options.replicas === undefined ? [] : ['--replicas', options.replicas]),
  ]);
  // Loads the code for the final questions while the system starts.
  const [state] = await Promise.all([starting, loadOperatorReads()]);
  if (earlier !== undefined) talk(talkColors.dim('what an earlier run left behind was stopped first'));
  const { internalKey } = resolveContext({ dataDir });
  await show({ ...options, dataDir }, state, internalKey ?? '');
}

async function show(options: Options, state: SystemState, internalKey: string): Promise<void> {
  const dataDir = dataDirOf(options);
  const [hasOperators, policies] = await Promise.all([
    knowsOperators(state),
    askActivePolicies(state.children.flatMap(({ opsUrl }) => opsUrl ?? [])),
  ]);
  if (options.json) {
    const { url, consoleUrl, databaseUrl, natsUrl, redisUrl, notes = [] } = state;
    printJson({ url, consoleUrl, internalKey, databaseUrl, natsUrl, redisUrl, dataDir, notes, policies });
    return;
  }
  const folder = dataDir === dataDirOf({}) ? [] : ['--data-dir', options.dataDir ?? dataDir];
  const database = join(dataDir, 'postgresql');
  const rows: [string, string][] = [
    ['gateway', state.url],
    ['docs', `${state.url}/docs`],
    ['console', state.consoleUrl ?? ''],
    ['data', dataDir],
    ...(isLink(database) ? [['', `PostgreSQL's in ${realpathSync(database)}`] as [string, string]] : []),
    ['logs', join(dataDir, 'logs')],
    ['internal key', internalKeyFile(dataDir)],
    ...describeActivePolicies(policies).map((text): [string, string] => ['policy', text]),
    ...(hasOperators ? [] : noOperators(folder)),
    ...(state.notes ?? []).map((text): [string, string] => ['note', text]),
    ['next', asCalled(commandLine('status', ...folder))],
  ];
  print(pc.bold('The Empathic Credit System is up'));
  for (const [name, value] of rows) print(`  ${name.padEnd(13)} ${value}`);
  const meant = chooseRemote(options);
  if (meant) talk(`the other commands mean ${meant.name}, not this system\nnext: ecs profile use local`);
  if (!options.detach) talk(talkColors.dim('Ctrl-C stops it'));
}

async function knowsOperators(state: SystemState): Promise<boolean> {
  const [{ withDatabase }, { hasActiveOperators }] = await loadOperatorReads();
  return withDatabase(state, 'ecs up', hasActiveOperators);
}

const loadOperatorReads = () =>
  Promise.all([import('../config/database.ts'), import('../operators/operator-store.ts')]);

function noOperators(folder: string[]): [string, string][] {
  const step = commandLine('operators', 'add', 'NAME', '--role', 'operator', ...folder);
  return [
    ['operators', 'none yet'],
    ['', asCalled(step)],
  ];
}

function isLink(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() ?? false;
}
