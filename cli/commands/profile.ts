import type { Command } from 'commander';
import { again } from '../ui/command-line.ts';
import { readHttpUrl } from '../../platform/addresses/http.ts';
import { readNatsUrl } from '../../platform/addresses/nats.ts';
import { readPostgresUrl } from '../../platform/addresses/postgres.ts';
import { checkedBy, readAddress } from '../../deploy/local/addresses.ts';
import { readUserEnvironment } from '../ui/environment.ts';
import { run } from '../ui/failure.ts';
import { withExamples } from '../ui/help.ts';
import { CliError, EXIT, nameSystem, print, printJson, printTable, talk } from '../ui/output.ts';
import { nameOf, readSmall } from '../ui/read-small.ts';
import {
  findProfile,
  LOCAL,
  loadProfiles,
  type Profile,
  requireProfileName,
  saveProfiles,
} from '../config/profiles.ts';
import { type SystemFlags } from '../config/session.ts';
import { chooseRemote, dataDirOf } from '../config/context.ts';

interface AddFlags extends SystemFlags {
  internalKeyFile?: string;
  erasureKeyFile?: string;
  databaseUrlFile?: string;
  natsUrlFile?: string;
  opsUrl?: string[];
  modelUrl?: string;
  force?: boolean;
}

export function register(program: Command): void {
  const profile = program.command('profile');
  withExamples(
    profile,
    ['ecs profile add staging --url https://ecs.staging.example.com --internal-key-file key.txt'],
    ['ecs profile use staging', 'every command means it from now on'],
    ['ecs profile use local', 'back to the system of `ecs up`'],
    ['ecs offers ls --profile staging', 'only this once'],
  );

  const adding = profile
    .command('add <name>')
    .summary('keep the address of a system and what opens its private side')
    .description(
      'Keeps a system under a name. Its address is --url or ECS_URL. Secrets come from files (- is stdin) ' +
        'or from INTERNAL_SERVICE_API_KEY, ERASURE_KEY, DATABASE_URL and NATS_URL, never from a flag; they ' +
        'are kept in a file that its owner alone can read.',
    )
    .option('--internal-key-file <file>', "the platform's own key, to send for any customer")
    .option('--erasure-key-file <file>', 'hashes ids of erased customers, for erase and privacy')
    .option('--database-url-file <file>', 'PostgreSQL, for trace, migrate and retention')
    .option('--nats-url-file <file>', 'NATS, for dead-letters, events and trace')
    .option('--ops-url <url...>', 'private addresses of the services, for status, breaker and doctor')
    .option('--model-url <url>', "the model's stand-in, for trigger model-outage")
    .option('--force', 'in the place of one that is there')
    .action(run(add));
  withExamples(
    adding,
    ['ecs profile add staging --url https://ecs.staging.example.com'],
    ['pass ecs/staging-key | ecs profile add staging --url https://… --internal-key-file -'],
    ['DATABASE_URL=… NATS_URL=… ecs profile add prod --url https://…', 'from the environment'],
  );

  profile.command('ls').summary('the profiles there are; * is the one in use').action(run(list));
  profile
    .command('use <name>')
    .summary('mean this system from now on; local is the one of `ecs up`')
    .action(run(use));
  profile.command('rm <name>').summary('forget a profile, with its secrets').action(run(remove));
}

async function add(name: string, flags: AddFlags): Promise<void> {
  requireProfileName(name);
  const addresses = readUserEnvironment();
  const url = flags.url ?? addresses.url;
  if (url === undefined) {
    throw new CliError('the address is missing', EXIT.usage, again({ '--url': 'https://ecs.example.com' }));
  }
  const saved = loadProfiles();
  if (Object.hasOwn(saved.profiles, name) && !flags.force) {
    throw new CliError(`there is a profile ${name} already`, EXIT.conflict, again({ '--force': true }));
  }
  const { internalKeyFile, erasureKeyFile, databaseUrlFile, natsUrlFile, opsUrl, modelUrl } = flags;
  const stdinReaders = [internalKeyFile, erasureKeyFile, databaseUrlFile, natsUrlFile].filter(
    (file) => file === '-',
  );
  if (stdinReaders.length > 1) throw new CliError('stdin holds one secret only', EXIT.usage);
  const internalKey = await secret(internalKeyFile);
  const erasureKey = await secret(erasureKeyFile);
  const databaseUrl = await secret(databaseUrlFile);
  const natsUrl = await secret(natsUrlFile);
  const address = (flag: string, text: string | undefined, check: (text: string) => unknown) =>
    text === undefined ? undefined : readAddress(flag, text, checkedBy(check));
  const profile: Profile = {
    url: httpAddress('--url', url),
    internalKey: internalKey ?? addresses.internalKey,
    erasureKey: erasureKey ?? addresses.erasureKey,
    databaseUrl: address('--database-url-file', databaseUrl, readPostgresUrl) ?? addresses.databaseUrl,
    natsUrl: address('--nats-url-file', natsUrl, readNatsUrl) ?? addresses.natsUrl,
    opsUrls: opsUrl?.map((address) => httpAddress('--ops-url', address)) ?? addresses.opsUrls,
    modelUrl: modelUrl === undefined ? addresses.modelUrl : httpAddress('--model-url', modelUrl),
  };
  nameSystem(`${name} (${profile.url})`);
  saveProfiles({ ...saved, profiles: { ...saved.profiles, [name]: profile } });
  if (flags.json) printJson(shown(name, profile, saved.inUse));
  else {
    print(`added ${name}  ${profile.url}`);
    talk(`next: ecs profile use ${name}`);
  }
}

function httpAddress(flag: string, text: string): string {
  return readAddress(flag, text, checkedBy(readHttpUrl)).replace(/\/+$/, '');
}

async function secret(file: string | undefined): Promise<string | undefined> {
  if (file === undefined) return undefined;
  const text = (await readSmall(file)).trim();
  if (text !== '') return text;
  throw new CliError(`${nameOf(file)} is empty`, EXIT.usage);
}

/** Shows the addresses of a system, never its secrets. */
function shown(name: string, profile: Profile, inUse: string | null) {
  const { url, internalKey, databaseUrl, natsUrl, opsUrls = [] } = profile;
  return {
    name,
    url,
    inUse: name === inUse,
    internalKey: internalKey !== undefined,
    database: databaseUrl !== undefined,
    broker: natsUrl !== undefined,
    opsUrls: opsUrls.length,
  };
}

async function list(flags: SystemFlags): Promise<void> {
  const { inUse, profiles } = loadProfiles();
  const ofProfiles = Object.entries(profiles).map(([name, profile]) => shown(name, profile, inUse));
  const local = {
    name: LOCAL,
    url: `(data in ${dataDirOf(flags)})`,
    inUse: inUse === null,
    internalKey: true,
    database: true,
    broker: true,
    opsUrls: null,
  };
  const rows = [local, ...ofProfiles];
  if (flags.json) printJson(rows);
  else {
    const wordFor = (isKnown: boolean) => (isKnown ? 'known' : null);
    printTable(
      rows.map((row) => ({
        '': row.inUse ? '*' : ' ',
        name: row.name,
        url: row.url,
        'internal key': wordFor(row.internalKey),
        database: wordFor(row.database),
        broker: wordFor(row.broker),
        'ops urls': row.opsUrls,
      })),
    );
    // The environment and --url win over the profile in use.
    const meant = chooseRemote({})?.name ?? LOCAL;
    if (meant !== (inUse ?? LOCAL)) talk(`meant here and now: ${meant} (ECS_URL or ECS_PROFILE is set)`);
  }
}

async function use(name: string, flags: SystemFlags): Promise<void> {
  const saved = loadProfiles();
  const { url } = name === LOCAL ? { url: null } : findProfile(name, saved);
  nameSystem(url === null ? `${LOCAL} (data in ${dataDirOf(flags)})` : `${name} (${url})`);
  saveProfiles({ ...saved, inUse: name === LOCAL ? null : name });
  if (flags.json) printJson({ inUse: name });
  else print(`in use: ${name}`);
}

async function remove(name: string, flags: SystemFlags): Promise<void> {
  const saved = loadProfiles();
  nameSystem(`${name} (${findProfile(name, saved).url})`);
  const { [name]: _removed, ...profiles } = saved.profiles;
  const inUse = saved.inUse === name ? null : saved.inUse;
  saveProfiles({ inUse, profiles });
  if (flags.json) printJson({ removed: name, inUse: inUse ?? LOCAL });
  else {
    print(`removed ${name}`);
    if (saved.inUse === name) talk('it was in use: the local system is meant now');
  }
}
