import { spyOn } from 'bun:test';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { TRANSACTIONS } from '../../cli/import/event-kinds.ts';
import { type ImportDestination, importFile, type ImportFlags } from '../../cli/import/import-file.ts';
import type { CliError } from '../../cli/ui/output.ts';
import { temporaryFolder } from '../harness/engines.ts';

let folder = '';
const USER = '0198f3a2-7c11-7d3e-9b53-0d6a1f2c4e8a';
export const DAY = new Date(Date.now() - 2 * 24 * 3600 * 1000).toISOString().slice(0, 10);

export type Sent = { amount: number; occurredAt: string; userId: string };

const takeAll = (batch: Sent[]) =>
  Promise.resolve({ accepted: batch.length, rejected: [], traceId: '', eventIds: [] });

/** The folder of the imports of a test file; one of another file is gone with it. */
export function importFolder(): string {
  if (!existsSync(folder)) folder = temporaryFolder();
  return folder;
}

/** Imports a file, to a system that takes everything or another; returns events, output and the failure. */
export async function importOf(
  name: string,
  content: string | Buffer,
  flags: ImportFlags = {},
  destination: Partial<ImportDestination<Sent>> = {},
) {
  const file = join(importFolder(), name);
  writeFileSync(file, content);
  const events: Sent[] = [];
  const output: string[] = [];
  const spies = [process.stderr, process.stdout].map((stream) =>
    spyOn(stream, 'write').mockImplementation((text) => output.push(String(text)) > 0),
  );
  let error: CliError | null = null;
  try {
    await importFile<Sent>(file, flags, TRANSACTIONS, {
      home: importFolder(),
      system: 'test',
      userId: USER,
      ownerId: null,
      ...destination,
      send: (batch, signal) => {
        events.push(...batch);
        return destination.send?.(batch, signal) ?? takeAll(batch);
      },
    });
  } catch (failure) {
    error = failure as CliError;
  } finally {
    for (const spy of spies) spy.mockRestore();
  }
  return { file, amounts: events.map(({ amount }) => amount), events, output: output.join(''), error };
}
