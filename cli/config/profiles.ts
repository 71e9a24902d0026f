import { chmodSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { commandLine, quote } from '../../deploy/local/command-line.ts';
import { configFolder } from '../ui/config-folder.ts';
import { CliError, EXIT } from '../ui/output.ts';
import { cannotWrite } from '../ui/write-file.ts';

/**
 * Systems by name. Terms: the *local* system is the one that `ecs up` runs on a data folder; a *profile* is
 * another system's address with its private side, as far as it is known; the profile *in use* is the
 * default.
 */
export interface Profile {
  url: string;
  internalKey?: string | undefined;
  erasureKey?: string | undefined;
  databaseUrl?: string | undefined;
  natsUrl?: string | undefined;
  /** The private addresses of the services. */
  opsUrls?: string[] | undefined;
  modelUrl?: string | undefined;
}

interface Profiles {
  /** Null: the local system. */
  inUse: string | null;
  profiles: Record<string, Profile>;
}

/** The name of the system of `ecs up`, which is no profile. */
export const LOCAL = 'local';

const NAME = /^[a-z0-9][a-z0-9._-]{0,62}$/i;
const profilesFile = () => join(configFolder(), 'profiles.json');

export function loadProfiles(): Profiles {
  let text: string;
  try {
    text = readFileSync(profilesFile(), 'utf8');
  } catch {
    return { inUse: null, profiles: {} };
  }
  try {
    const { inUse, profiles } = JSON.parse(text) as Partial<Profiles>;
    if (typeof profiles === 'object') return { inUse: inUse ?? null, profiles };
  } catch {
    // Said below.
  }
  throw new CliError(`${profilesFile()} is damaged`, EXIT.failed, `mv ${quote(profilesFile())} /tmp`);
}

export function saveProfiles(profiles: Profiles): void {
  writePrivate(profilesFile(), `${JSON.stringify(profiles, null, 2)}\n`);
}

/** Throws a CliError 3 that names those there are. */
export function findProfile(name: string, { profiles }: Profiles = loadProfiles()): Profile {
  const profile = Object.hasOwn(profiles, name) ? profiles[name] : undefined;
  if (profile) return profile;
  const names = Object.keys(profiles).join(', ') || 'there is none yet';
  throw new CliError(
    `there is no profile ${name} (${names})`,
    EXIT.notFound,
    commandLine('profile', 'add', name, '--url', 'URL'),
  );
}

export function requireProfileName(name: string): string {
  if (NAME.test(name) && name !== LOCAL) return name;
  const problem = name === LOCAL ? 'local is the system of `ecs up`' : `${name} is no name for a profile`;
  throw new CliError(problem, EXIT.usage, 'letters, digits, dots and dashes, e.g. staging');
}

/** Whole or not at all, and for its owner's eyes only. */
export function writePrivate(file: string, text: string): void {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  const temporary = `${file}.${process.pid}.tmp`;
  try {
    writeFileSync(temporary, text, { mode: 0o600 });
    chmodSync(temporary, 0o600);
    renameSync(temporary, file);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw cannotWrite(file, error);
  }
}
