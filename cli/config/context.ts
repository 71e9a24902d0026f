import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { readHttpUrl } from '../../platform/addresses/http.ts';
import { readAddress } from '../../deploy/local/environment.ts';
import { configFolder, readUserEnvironment } from '../ui/environment.ts';
import { CliError, EXIT } from '../ui/output.ts';
import { findProfile, LOCAL, loadProfiles, type Profile } from './profiles.ts';
import { internalKeyFile } from '../../deploy/local/stack/secrets.ts';
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

/**
 * The system that is meant: --url or --profile; ECS_URL; --data-dir; ECS_PROFILE; the profile in use; the
 * local one. Throws a CliError that says how to start a system when there is none.
 */
export function resolveContext(options: ContextOptions): Context {
  const remote = chooseRemote(options);
  return remote ? remoteContext(remote.name, remote.profile, options) : localContext(dataDirOf(options));
}

/** Whether a command means a system elsewhere. */
export function chooseRemote(options: ContextOptions): { name: string; profile: Profile } | null {
  const { url, profile, dataDir } = options;
  if (url !== undefined && profile !== undefined) {
    throw new CliError('--url and --profile name two systems', EXIT.usage, 'give one of them');
  }
  const named = (name: string) => (name === LOCAL ? null : { name, profile: findProfile(name) });
  if (url !== undefined) return { name: url, profile: { url } };
  if (profile !== undefined) return named(profile);
  const addresses = readUserEnvironment();
  if (addresses.url !== undefined) return { name: addresses.url, profile: { url: addresses.url } };
  if (dataDir !== undefined) return null;
  const inUse = addresses.profile ?? loadProfiles().inUse;
  return inUse === null ? null : named(inUse);
}

function remoteContext(name: string, profile: Profile, options: ContextOptions): Context {
  const url = profile.url.replace(/\/+$/, '');
  readAddress('the address of the system', url, readHttpUrl);
  const addresses = readUserEnvironment();
  const opsUrls = addresses.opsUrls ?? profile.opsUrls ?? [];
  return {
    name,
    isLocal: false,
    url,
    internalKey: addresses.internalKey ?? profile.internalKey,
    natsUrl: addresses.natsUrl ?? profile.natsUrl,
    databaseUrl: addresses.databaseUrl ?? profile.databaseUrl,
    modelUrl: addresses.modelUrl ?? profile.modelUrl,
    dataDir: dataDirOf(options),
    home: options.dataDir === undefined ? configFolder() : dataDirOf(options),
    opsUrls: opsUrls.map((url) => ({ name: new URL(url).host, url: url })),
  };
}

function localContext(dataDir: string): Context {
  const addresses = readUserEnvironment();
  const state = runningState(dataDir);
  const keyFile = internalKeyFile(dataDir);
  return {
    name: LOCAL,
    isLocal: true,
    url: state.url,
    internalKey:
      addresses.internalKey ?? (existsSync(keyFile) ? readFileSync(keyFile, 'utf8').trim() : undefined),
    databaseUrl: state.databaseUrl,
    natsUrl: state.natsUrl,
    modelUrl: state.modelUrl,
    dataDir,
    home: dataDir,
    opsUrls: state.children.flatMap(({ name, opsUrl }) => (opsUrl ? [{ name, url: opsUrl }] : [])),
  };
}

export function runningState(dataDir: string): SystemState {
  const state = readState(dataDir);
  if (state && isAlive(state.supervisor)) return state;
  throw new CliError(
    `no system runs on ${dataDir}`,
    EXIT.unreachable,
    'ecs up --detach; for a system elsewhere ECS_URL or --profile',
  );
}
