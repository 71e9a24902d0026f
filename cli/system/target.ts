import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { givenEnvironment } from '../environment.ts';
import { CliError, EXIT } from '../output.ts';
import { internalKeyFile } from './secrets.ts';
import { isAlive, readState, type SystemState } from './state.ts';

export const DEFAULT_DATA_DIR = '.ecs';

/** Where a command works: a system given by its URL, or the one that runs on a data folder. */
export interface Target {
  url: string;
  internalKey?: string | undefined;
  databaseUrl?: string | undefined;
  natsUrl?: string | undefined;
  dataDir: string;
  /** The private addresses of the parts; none for a remote system. */
  opsUrls: { name: string; url: string }[];
}

export interface TargetOptions {
  dataDir?: string | undefined;
  url?: string | undefined;
}

/** Throws a CliError that says how to start a system when there is none. */
export function resolveSystem(options: TargetOptions): Target {
  const given = givenEnvironment();
  const dataDir = resolve(options.dataDir ?? DEFAULT_DATA_DIR);
  const url = options.url ?? given.url;
  if (url !== undefined) {
    if (!URL.canParse(url)) throw new CliError(`not a URL: ${url}`, EXIT.usage);
    const { internalKey, natsUrl, databaseUrl } = given;
    return { url: url.replace(/\/$/, ''), internalKey, natsUrl, databaseUrl, dataDir, opsUrls: [] };
  }
  const state = runningState(dataDir);
  const keyFile = internalKeyFile(dataDir);
  return {
    url: state.url,
    internalKey:
      given.internalKey ?? (existsSync(keyFile) ? readFileSync(keyFile, 'utf8').trim() : undefined),
    databaseUrl: state.databaseUrl,
    natsUrl: state.natsUrl,
    dataDir,
    opsUrls: state.children.flatMap(({ name, opsUrl }) => (opsUrl ? [{ name, url: opsUrl }] : [])),
  };
}

export function runningState(dataDir: string): SystemState {
  const state = readState(dataDir);
  if (state && isAlive(state.supervisor)) return state;
  throw new CliError(`no system runs on ${dataDir}`, EXIT.unreachable, 'ecs up --detach');
}
