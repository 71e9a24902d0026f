import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { startLane } from './lane-process.ts';
import { startCorpusServer } from './server.ts';
import { readExpectation } from './expectation.ts';
import { judge, type Verdict, VERDICTS } from './verdict.ts';

export const SETTINGS = { folder: join(import.meta.dir, 'scripts'), limitSeconds: 60, lanes: 2 };

interface Judged {
  name: string;
  verdict: Verdict;
  isGood: boolean;
  reasons: string[];
}

/** Runs every script below a folder, several at a time, each against the same server. */
export async function judgeFolder({ folder, limitSeconds }: { folder: string; limitSeconds: number }) {
  const root = resolve(folder);
  const queue = scriptsOf(root);
  const server = await startCorpusServer(root);
  const verdicts: Judged[] = [];
  const work = async (): Promise<void> => {
    let lane = startLane();
    for (let file = queue.shift(); file !== undefined; file = queue.shift()) {
      const expectation = readExpectation(readFileSync(file, 'utf8'));
      const ending = await lane.run({ file, ...expectation.settings }, server.variables, limitSeconds);
      if (ending.kind !== 'ended') {
        lane.kill();
        lane = startLane();
      }
      verdicts.push({ name: file.slice(root.length + 1), ...judge(ending, expectation) });
    }
    lane.kill();
  };
  try {
    await Promise.all(Array.from({ length: SETTINGS.lanes }, work));
  } finally {
    await server.stop();
  }
  const counts = Object.fromEntries(
    VERDICTS.map((verdict) => [verdict, verdicts.filter((judged) => judged.verdict === verdict).length]),
  ) as Record<Verdict, number>;
  return { verdicts: verdicts.toSorted((a, b) => (a.name < b.name ? -1 : 1)), counts };
}

/** Folders named `lib` and `data` hold modules and files of scripts. */
function scriptsOf(folder: string): string[] {
  return readdirSync(folder)
    .toSorted()
    .flatMap((name) => {
      const path = join(folder, name);
      if (statSync(path).isDirectory()) return /^(lib|data|node_modules)$/.test(name) ? [] : scriptsOf(path);
      return /\.[jt]s$/.test(name) ? [path] : [];
    });
}
