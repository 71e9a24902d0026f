import { existsSync, readFileSync } from 'node:fs';
import { ConfigError } from '../protocol/endings.ts';
import { splitPair } from './option-values.ts';

/** The values of each source by their keys. */
export type Secrets = Record<string, Record<string, string>>;

/**
 * Reads `--secret-source` as k6 writes it: `file=PATH` or `mock=KEY=VALUE,...`, with `name=NAME` and
 * `default` among the parts. The only source is the default. Throws a ConfigError.
 */
export function readSecrets(sources: string[]): Secrets {
  const secrets: Secrets = {};
  for (const source of sources) {
    const { name, isDefault, values } = readSource(source);
    if (secrets[name]) throw new ConfigError(`--secret-source: two sources have the name "${name}"`);
    secrets[name] = values;
    if (isDefault || sources.length === 1) secrets.default = values;
  }
  return secrets;
}

function readSource(source: string) {
  const [kind = '', ...rest] = source.split('=');
  const parts = rest.join('=').split(',').filter(Boolean);
  if (kind !== 'file' && kind !== 'mock') {
    throw new ConfigError(`--secret-source ${kind} is not offered: file=PATH and mock=KEY=VALUE are`);
  }
  const isDefault = parts.includes('default');
  const pairs = parts.filter((part) => part !== 'default');
  const named = pairs.find((part) => part.startsWith('name='));
  const values = pairs.filter((part) => part !== named);
  const name = named?.slice('name='.length) ?? 'default';
  if (kind === 'mock') return { name, isDefault, values: Object.fromEntries(values.map(readPair)) };
  const [file = ''] = values.map((part) => part.replace(/^filename=/, ''));
  if (!existsSync(file)) throw new ConfigError(`--secret-source: there is no file "${file}"`);
  const lines = readFileSync(file, 'utf8')
    .split(/\r?\n/)
    .map((line) => line.trim());
  return { name, isDefault, values: Object.fromEntries(lines.filter((line) => line !== '').map(readPair)) };
}

/** The pair itself is no part of the message: it may be half a secret. */
function readPair(text: string): [string, string] {
  const pair = splitPair(text, '=');
  if (!pair) throw new ConfigError('--secret-source: a value is written KEY=VALUE, one per line in a file');
  return [pair[0].trim(), pair[1].trim()];
}

/** Returns a function that takes the values of secrets out of a text. */
export function createRedaction(secrets: Secrets): (text: string) => string {
  const values = new Set(Object.values(secrets).flatMap((source) => Object.values(source)));
  // The longest first: one secret may be part of another.
  const sorted = [...values].filter((value) => value !== '').toSorted((a, b) => b.length - a.length);
  return (text) => sorted.reduce((rest, value) => rest.replaceAll(value, '***SECRET_REDACTED***'), text);
}
