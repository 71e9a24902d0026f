import { existsSync } from 'node:fs';
import { steps } from '../../deploy/local/command-line.ts';
import type { Sql } from '../../platform/data/sql.ts';
import { splitFault } from '../../underwriting/policy/check-policy.ts';
import { PolicyError } from '../../underwriting/policy/policy-error.ts';
import { compileReadPolicy, compileStoredPolicy } from '../../underwriting/policy/compile-policy.ts';
import { PolicyDocument } from '../../underwriting/policy/policy-document.ts';
import type { Policy } from '../../underwriting/policy/build-policy.ts';
import { CliError, EXIT } from '../ui/output.ts';
import { nameOf, readSmall } from '../ui/read-small.ts';
import { findDuplicateKeys } from '../../sdk/contracts/duplicate-keys.ts';
import { selectPolicies, selectPolicy } from '../../platform/policies/policy-reads.ts';

/** A word with a slash or the end `.json` is a file, `-` is standard input; any other is a version. */
export function isFile(word: string): boolean {
  return word === '-' || word.includes('/') || word.endsWith('.json');
}

/** Compiles the policy of a file. Throws a usage error with every fault, each with its place. */
export async function readPolicyFile(file: string): Promise<Policy> {
  const { document, duplicateKeys } = await parseDocument(file);
  try {
    return compileReadPolicy(document, duplicateKeys);
  } catch (error) {
    if (!(error instanceof PolicyError)) throw error;
    const { faults } = error;
    const count = faults.length === 1 ? 'a fault' : `${faults.length} faults`;
    const lines = faults.map((fault) => `  ${fault}`).join('\n');
    throw new CliError(
      `${nameOf(file)} has ${count}:\n${lines}`,
      EXIT.usage,
      'the places are JSON pointers',
      {
        code: 'invalid_policy',
        data: { file, faults: faults.map(splitFault) },
      },
    );
  }
}

/** Compiles the policy of a file or of a version. */
export async function loadPolicy(sql: Sql, word: string): Promise<Policy> {
  return isFile(word) ? readPolicyFile(word) : loadVersion(sql, word);
}

/** Throws exit code 3, with the versions that exist, when there is none. */
export async function loadVersion(sql: Sql, version: string): Promise<Policy> {
  const stored = await selectPolicy(sql, version);
  if (!stored) throw await unknownVersion(sql, version);
  return compileStored(stored);
}

/** Throws exit code 1 when the document is not that of the hash. */
export function compileStored({ version, document, hash }: StoredDocument): Policy {
  const policy = compileStoredPolicy(inSchemaOrder(document));
  if (policy.hash === hash) return policy;
  throw new CliError(`the policy ${version} is not the document of its hash`, EXIT.failed, 'ecs policy ls');
}

interface StoredDocument {
  version: string;
  document: unknown;
  hash: string;
}

async function unknownVersion(sql: Sql, version: string): Promise<CliError> {
  const versions = (await selectPolicies(sql)).map((row) => row.version);
  const list = versions.length === 0 ? 'there is none yet' : versions.join(', ');
  const isFile = existsSync(version) ? [`./${version} for the file`] : [];
  return new CliError(`there is no policy ${version}`, EXIT.notFound, steps(...isFile, `versions: ${list}`));
}

/** PostgreSQL keeps the sections of a document in an order of its own. */
function inSchemaOrder(document: unknown): unknown {
  if (typeof document !== 'object' || document === null) return document;
  const order = Object.keys(PolicyDocument.properties);
  const sections = Object.entries(document);
  return Object.fromEntries(
    sections.toSorted(([left], [right]) => order.indexOf(left) - order.indexOf(right)),
  );
}

async function parseDocument(file: string): Promise<{ document: unknown; duplicateKeys: string[] }> {
  const text = await readSmall(file);
  try {
    return { document: JSON.parse(text) as unknown, duplicateKeys: findDuplicateKeys(text) };
  } catch (error) {
    throw new CliError(`${nameOf(file)} is no JSON: ${(error as Error).message}`, EXIT.usage);
  }
}
