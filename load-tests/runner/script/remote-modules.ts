import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ConfigError, ScriptError } from '../protocol/endings.ts';

/**
 * Imports over https. They are fetched only where the user allows it, pinned by their checksums in a file
 * beside the script, and kept in a cache: a later run needs neither network nor leave.
 */
export interface RemoteModules {
  /** The file that stands in for a library of wide use; undefined when there is none. */
  standIn(url: string): string | undefined;
  usedStandIns(): Iterable<string>;
  /** Returns the text of a module. Throws a ScriptError that says what to do. */
  load(url: string): Promise<string>;
}

export interface RemoteSettings {
  allowNet: boolean;
  cacheFolder: string;
  /** The file with the checksums. */
  lockFile: string;
}

const STAND_INS = join(import.meta.dir, '..', 'stand-ins');
const LIBRARY =
  /^https:\/\/jslib\.k6\.io\/(k6-utils|k6-summary|k6chaijs|httpx|papaparse|url|formdata)\/[\d.]+\/index\.js$/;
const REPORTER = /^https:\/\/raw\.githubusercontent\.com\/benc-uk\/k6-reporter\/[^/]+\/dist\/bundle\.js$/;

const TIMEOUT_MS = 30_000;
const SIZE_MAX = 10_000_000;

export function createRemoteModules({ allowNet, cacheFolder, lockFile }: RemoteSettings): RemoteModules {
  const pins = readPins(lockFile);
  const cacheFile = (checksum: string) => join(cacheFolder, `${checksum}.js`);
  const fetchAndPin = async (url: string): Promise<string> => {
    const text = await fetchText(url);
    const checksum = checksumOf(text);
    const pinned = pins[url];
    if (pinned !== undefined && pinned !== checksum) {
      throw new ScriptError(
        `${url} has changed since ${lockFile} pinned it: remove its line to take the new one`,
      );
    }
    mkdirSync(cacheFolder, { recursive: true });
    writeFileSync(cacheFile(checksum), text);
    if (pinned === undefined) {
      pins[url] = checksum;
      const sorted = Object.fromEntries(Object.entries(pins).toSorted(([a], [b]) => (a < b ? -1 : 1)));
      writeFileSync(lockFile, `${JSON.stringify(sorted, null, 2)}\n`);
    }
    return text;
  };
  const used = new Set<string>();
  const loading = new Map<string, Promise<string>>();
  return {
    standIn(url) {
      if (allowNet || pins[url] !== undefined) return undefined;
      const name = LIBRARY.exec(url)?.[1] ?? (REPORTER.test(url) ? 'k6-reporter' : undefined);
      if (name === undefined) return undefined;
      used.add(url);
      return join(STAND_INS, `${name}.ts`);
    },
    usedStandIns: () => used,
    async load(url) {
      const pinned = pins[url];
      const file = pinned === undefined ? undefined : cacheFile(pinned);
      if (file !== undefined && existsSync(file)) {
        const text = readFileSync(file, 'utf8');
        if (checksumOf(text) === pinned) return text;
      }
      if (!allowNet) throw new ConfigError(`cannot import "${url}": ${REFUSAL}`);
      const fetched = loading.get(url) ?? fetchAndPin(url);
      loading.set(url, fetched);
      return fetched;
    },
  };
}

const REFUSAL = 'the network is not used without --allow-net; or save the file beside the script';

const checksumOf = (text: string): string => createHash('sha256').update(text).digest('hex');

function readPins(file: string): Record<string, string> {
  if (!existsSync(file)) return {};
  try {
    const pins = JSON.parse(readFileSync(file, 'utf8')) as Record<string, string>;
    if (Object.values(pins).every((pin) => /^[0-9a-f]{64}$/.test(pin))) return pins;
  } catch {
    // Reported below, like a file of another kind.
  }
  throw new ScriptError(`${file} is no list of addresses with their checksums`);
}

/** Only https, since the text becomes code; on this machine itself http will do. */
async function fetchText(url: string): Promise<string> {
  const { protocol, hostname } = new URL(url);
  if (protocol !== 'https:' && !['127.0.0.1', 'localhost', '[::1]'].includes(hostname)) {
    throw new ScriptError(`cannot import "${url}": only https is fetched`);
  }
  try {
    const response = await fetch(url, { redirect: 'follow', signal: AbortSignal.timeout(TIMEOUT_MS) });
    if (!response.ok) throw new Error(`status ${response.status}`);
    if (protocol === 'https:' && !response.url.startsWith('https:')) throw new Error('redirected to http');
    const bytes = await response.arrayBuffer();
    if (bytes.byteLength > SIZE_MAX) throw new Error(`larger than ${SIZE_MAX / 1_000_000} MB`);
    return new TextDecoder().decode(bytes);
  } catch (error) {
    throw new ScriptError(`cannot import "${url}": ${(error as Error).message}`);
  }
}
