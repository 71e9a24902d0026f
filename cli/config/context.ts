import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { steps } from '../../deploy/local/command-line.ts';
import { again } from '../ui/command-line.ts';
import { readHttpUrl } from '../../platform/addresses/http.ts';
import { readAddress } from '../../deploy/local/addresses.ts';
import { configFolder } from '../ui/config-folder.ts';
import { readUserEnvironment } from '../ui/environment.ts';
import { CliError, EXIT } from '../ui/output.ts';
import { findProfile, LOCAL, loadProfiles, type Profile } from './profiles.ts';
import { erasureKeyFile, internalKeyFile } from '../../deploy/local/stack/secrets.ts';
import { isAlive } from '../../deploy/local/processes/process-id.ts';
import { readState, type SystemState } from '../../deploy/local/stack/state.ts';

export const DEFAULT_DATA_DIR = '.ecs';

/** The system that a command works on: the one of a data folder, or one at another address. */
export interface Context {
  /** `local`, the profile's name, or the address. */
  name: string;
  isLocal: boolean;
  url: string;
  internalKey?: string | undefined;
  /** Hashes the ids of erased customers. */
  erasureKey?: string | undefined;
  databaseUrl?: string | undefined;
  natsUrl?: string | undefined;
  /** The model's stand-in, with behavior that can be changed. */
  modelUrl?: string | undefined;
  dataDir: string;
  /** Where logins and the journals of imports are kept. */
  home: string;
  /** The private addresses of the services. */
  opsUrls: { name: string; url: string }[];
}

interface ContextOptions {
  dataDir?: string | undefined;
  url?: string | undefined;
  profile?: string | undefined;
}

export const dataDirOf = ({ dataDir }: ContextOptions) => resolve(dataDir ?? DEFAULT_DATA_DIR);

/** How the system was chosen; an earlier one wins. */
type Chooser = 'flag' | 'environment' | 'profile' | 'default';

/** Null stands for the local system. */
export interface Choice {
  remote: { name: string; profile: Profile } | null;
  by: Chooser;
}

/**
 * The system that is meant: --url, --profile or --data-dir; ECS_URL, then ECS_PROFILE; the profile in use;
 * the local one of `.ecs`. Throws a CliError that says how to start a system when there is none.
 */
export function resolveContext(options: ContextOptions): Context {
  const { remote, by } = chooseSystem(options);
  return remote ? remoteContext({ ...remote, by }, options) : localContext(dataDirOf(options), by);
}

/** Whether a command means a system elsewhere. */
export function chooseRemote(options: ContextOptions): Choice['remote'] {
  return chooseSystem(options).remote;
}

/** The only place that weighs flags, the environment and profiles against each other. */
export function chooseSystem({ url, profile, dataDir }: ContextOptions): Choice {
  if (url !== undefined && profile !== undefined) {
    throw new CliError(
      '--url and --profile name two systems',
      EXIT.usage,
      steps(again({ '--profile': null }), again({ '--url': null })),
    );
  }
  const at = (address: string, by: Chooser) => ({
    remote: { name: address, profile: { url: address } },
    by,
  });
  const named = (name: string, by: Chooser) => ({
    remote: name === LOCAL ? null : { name, profile: findProfile(name) },
    by,
  });
  if (url !== undefined) return at(url, 'flag');
  if (profile !== undefined) return named(profile, 'flag');
  if (dataDir !== undefined) return { remote: null, by: 'flag' };
  const addresses = readUserEnvironment();
  if (addresses.url !== undefined) return at(addresses.url, 'environment');
  if (addresses.profile !== undefined) return named(addresses.profile, 'environment');
  const { inUse } = loadProfiles();
  return inUse === null ? { remote: null, by: 'default' } : named(inUse, 'profile');
}

/** The addresses and keys of a system that a flag, the environment and a profile may all have. */
export const ADDRESSES = {
  internalKey: 'INTERNAL_SERVICE_API_KEY',
  erasureKey: 'ERASURE_KEY',
  databaseUrl: 'DATABASE_URL',
  natsUrl: 'NATS_URL',
  opsUrls: 'ECS_OPS_URLS',
  modelUrl: 'ECS_MODEL_URL',
} as const;

type Addresses = Omit<Profile, 'url'>;
export type AddressName = keyof typeof ADDRESSES;

/**
 * Weighs the addresses of a system against those in the environment: a system that a flag names brings its
 * own, and the environment only fills in.
 */
export function weigh(by: Chooser, ofSystem: Addresses): Addresses {
  const ofEnvironment: Addresses = readUserEnvironment();
  const [first, second] = by === 'flag' ? [ofSystem, ofEnvironment] : [ofEnvironment, ofSystem];
  return {
    internalKey: first.internalKey ?? second.internalKey,
    erasureKey: first.erasureKey ?? second.erasureKey,
    databaseUrl: first.databaseUrl ?? second.databaseUrl,
    natsUrl: first.natsUrl ?? second.natsUrl,
    opsUrls: first.opsUrls ?? second.opsUrls,
    modelUrl: first.modelUrl ?? second.modelUrl,
  };
}

/** A system as far as the work on its engines needs it. */
export type EngineContext = Pick<Context, 'databaseUrl' | 'natsUrl' | 'erasureKey' | 'opsUrls'> &
  Partial<Pick<Context, 'isLocal' | 'dataDir'>>;

/** The same, for work that begins at the database: DATABASE_URL may be that of no local system. */
export const resolveDatabase = (options: ContextOptions) => resolveEngine(options, 'databaseUrl');
/** The same, for work on the broker: NATS_URL may be that of no local system. */
export const resolveBroker = (options: ContextOptions) => resolveEngine(options, 'natsUrl');

function resolveEngine(options: ContextOptions, engine: 'databaseUrl' | 'natsUrl'): EngineContext {
  const { opsUrls = [], databaseUrl, natsUrl, erasureKey } = readUserEnvironment();
  const address = { databaseUrl, natsUrl }[engine];
  const { remote, by } = chooseSystem(options);
  if (address === undefined || remote || by === 'flag') return resolveContext(options);
  const state = readState(dataDirOf(options));
  const isOfLocal = state !== null && isAlive(state.supervisor) && state[engine] === address;
  if (isOfLocal) return resolveContext(options);
  return { databaseUrl, natsUrl, erasureKey, opsUrls: opsUrls.map(withHost) };
}

const withHost = (url: string) => ({ name: new URL(url).host, url });

function remoteContext(
  { name, profile, by }: { name: string; profile: Profile; by: Chooser },
  options: ContextOptions,
): Context {
  const url = profile.url.replace(/\/+$/, '');
  readAddress('the address of the system', url, readHttpUrl);
  const { opsUrls = [], ...addresses } = weigh(by, profile);
  return {
    name,
    isLocal: false,
    url,
    ...addresses,
    dataDir: dataDirOf(options),
    home: options.dataDir === undefined ? configFolder() : dataDirOf(options),
    opsUrls: opsUrls.map(withHost),
  };
}

function localContext(dataDir: string, by: Chooser): Context {
  const state = runningState(dataDir);
  const { opsUrls = [], ...addresses } = weigh(by, addressesOf(state, dataDir));
  const nameOf = (url: string) => state.children.find((child) => child.opsUrl === url)?.name;
  return {
    name: LOCAL,
    isLocal: true,
    url: state.url,
    ...addresses,
    dataDir,
    home: dataDir,
    opsUrls: opsUrls.map((url) => ({ name: nameOf(url) ?? withHost(url).name, url })),
  };
}

/** Returns the addresses of a local system that runs. */
export function addressesOf(state: SystemState, dataDir: string): Addresses {
  const readKey = (file: string) => (existsSync(file) ? readFileSync(file, 'utf8').trim() : undefined);
  const { databaseUrl, natsUrl, modelUrl } = state;
  return {
    internalKey: state.internalKey ?? readKey(internalKeyFile(dataDir)),
    erasureKey: state.erasureKey ?? readKey(erasureKeyFile(dataDir)),
    databaseUrl,
    natsUrl,
    modelUrl,
    opsUrls: state.children.flatMap(({ opsUrl }) => opsUrl ?? []),
  };
}

export function runningState(dataDir: string): SystemState {
  const state = readState(dataDir);
  if (state && isAlive(state.supervisor)) return state;
  throw new CliError(
    `no system runs on ${dataDir}`,
    EXIT.unreachable,
    steps('ecs up --detach', 'of a system elsewhere: --url or --profile'),
  );
}
