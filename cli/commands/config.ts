import type { Command } from 'commander';
import {
  type AddressName,
  ADDRESSES,
  addressesOf,
  chooseSystem,
  dataDirOf,
  weigh,
} from '../config/context.ts';
import { LOCAL } from '../config/profiles.ts';
import type { SystemFlags } from '../config/session.ts';
import { isAlive } from '../../deploy/local/processes/process-id.ts';
import { readState } from '../../deploy/local/stack/state.ts';
import { environment } from '../../deploy/local/environment.ts';
import { configFolder } from '../ui/config-folder.ts';
import { readUserEnvironment } from '../ui/environment.ts';
import { run } from '../ui/failure.ts';
import { withExamples } from '../ui/help.ts';
import { printJson, printTable } from '../ui/output.ts';

interface Row {
  setting: string;
  value: string | null;
  /** The flag, the environment, the profile, the local system or the default. */
  from: string | null;
}

export function register(program: Command): void {
  const config = program
    .command('config')
    .description(
      'A flag wins over the environment, the environment over the profile in use, a profile over the local ' +
        'system. Secrets are masked.',
    )
    .action(
      run(async (flags: SystemFlags) => {
        const rows = settingsInForce(flags);
        if (flags.json) printJson(rows);
        else printTable(rows.map((row) => ({ ...row })));
      }),
    );
  withExamples(config, ['ecs config'], ['ecs config --profile staging', 'with this flag']);
}

const BY = { flag: 'flag', environment: 'environment', profile: 'profile in use', default: 'default' };

function settingsInForce(flags: SystemFlags): Row[] {
  const { remote, by } = chooseSystem(flags);
  const dataDir = dataDirOf(flags);
  const state = readState(dataDir);
  const running = state && isAlive(state.supervisor) ? state : null;
  const ofLocal = running ? addressesOf(running, dataDir) : {};
  const ofSystem = remote ? remote.profile : ofLocal;
  const addresses = weigh(by, ofSystem);
  const ofEnvironment: ReturnType<typeof weigh> = readUserEnvironment();
  const systemName = remote ? `profile ${remote.name}` : 'local system';
  const rows = (Object.keys(ADDRESSES) as AddressName[]).map((setting): Row => {
    const value = addresses[setting];
    if (value === undefined || value.length === 0) return { setting, value: null, from: null };
    const isOfSystem = value === ofSystem[setting] && (by === 'flag' || ofEnvironment[setting] === undefined);
    return { setting, value: shown(setting, value), from: isOfSystem ? systemName : ADDRESSES[setting] };
  });
  const { operator } = readUserEnvironment();
  return [
    { setting: 'system', value: remote?.name ?? LOCAL, from: BY[by] },
    {
      setting: 'url',
      value: remote?.profile.url ?? running?.url ?? null,
      from: remote || running ? BY[by] : null,
    },
    ...rows,
    { setting: 'dataDir', value: dataDir, from: flags.dataDir === undefined ? BY.default : BY.flag },
    {
      setting: 'configDir',
      value: configFolder(),
      from: environment().ECS_CONFIG_DIR ? BY.environment : BY.default,
    },
    { setting: 'operator', value: operator ?? null, from: operator ? 'ECS_OPERATOR' : null },
  ];
}

function shown(setting: AddressName, value: string | string[]): string {
  if (setting === 'internalKey' || setting === 'erasureKey') return '(set)';
  return [value]
    .flat()
    .map((url) => url.replace(/:\/\/([^:@/]*):[^@/]*@/g, '://$1:***@'))
    .join(',');
}
