import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { type KeptReport, type KeptReports, RunReport } from '../../../sdk/contracts/operator-reports.ts';
import { createValidator } from '../../../platform/kernel/validation.ts';

const REPORTS_MAX = 200;
const BYTES_MAX = 256 * 1024;
const reports = createValidator(RunReport);

/** Reads the newest reports of the folder; the time of a report begins its file's name. */
export async function readReports(folder: string | null): Promise<KeptReports> {
  if (folder === null) return { is_kept: false, items: [], unreadable: [] };
  const files = (await filesOf(folder))
    .filter((name) => name.endsWith('.json'))
    .toSorted((a, b) => b.localeCompare(a))
    .slice(0, REPORTS_MAX);
  const contents = await Promise.all(files.map((file) => readReport(folder, file)));
  return {
    is_kept: true,
    items: contents.filter((report) => report !== null),
    unreadable: files.filter((_, index) => contents[index] === null),
  };
}

/** The folder is made by the first run. */
async function filesOf(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}

async function readReport(folder: string, file: string): Promise<KeptReport | null> {
  try {
    const path = join(folder, file);
    const stats = await stat(path);
    if (!stats.isFile() || stats.size > BYTES_MAX) return null;
    const parsed: unknown = JSON.parse(await readFile(path, 'utf8'));
    const checked = reports.check(parsed);
    return checked.ok ? { file, ...checked.value } : null;
  } catch {
    return null;
  }
}
