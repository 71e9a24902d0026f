import { join } from 'node:path';
import { readOptions } from '../harness/read-options.ts';

/**
 * Counts the words that a reader stumbles over, by top folder:
 * `sh cli/bun.sh tests/tidy/words.ts [--list FOLDER]` prints the shares, and with --list each place.
 */
const ROOT = join(import.meta.dir, '..', '..');
export const FOLDERS = [
  'apps',
  'platform',
  'sdk',
  'cli',
  'deploy/local',
  'load-tests',
  'tests',
  'underwriting',
];

/** A clause where a noun should stand: "what came in", "whoever asks". */
const RELATIVE = /\b(what|whatever|who|whoever|whose|whom)\b/i;
/** The label derives the key of stored rows, so it stays as it is. */
const ANSWERS = /\b(?<!'idempotency )answers\b/gi;
/** A binding named by a pronoun or a bare participle says nothing of what it holds. */
const VAGUE_NAMES = new Set(
  (
    'one own given known found told wanted asked other others each all it them these those some any both ' +
    'taken kept read sent seen made said heard left gone done lost missed waited waiting wished'
  ).split(' '),
);
const BINDING =
  /\b(?:const|let)\s+(?:\{([^}=]*)\}|\[([^\]=]*)\]|(\w+))|\(([^()]*)\)\s*(?::[^=({]+)?=>|\b(\w+)\s*=>/g;

interface WordCounts {
  comments: number;
  relative: number;
  answers: number;
  bindings: number;
  vague: number;
  /** Each place, as `file:line: text`. */
  places: string[];
}

/** The comments of a source with the lines they begin on; a run of `//` lines is one comment. */
export function commentsOf(text: string): { line: number; text: string }[] {
  const comments: { line: number; text: string }[] = [];
  const lines = text.split('\n');
  for (let index = 0; index < lines.length; index += 1) {
    const line = lines[index] ?? '';
    const block = /^\s*\/\*\*?(.*)$/.exec(line);
    if (block) {
      const from = index;
      while (!(lines[index] ?? '').includes('*/') && index < lines.length) index += 1;
      const body = lines.slice(from, index + 1).join(' ');
      comments.push({ line: from + 1, text: body.replace(/\/\*+|\*+\/|\s\*\s/g, ' ') });
    } else if (/^\s*\/\/ /.test(line)) {
      const from = index;
      while (/^\s*\/\/ /.test(lines[index + 1] ?? '')) index += 1;
      comments.push({ line: from + 1, text: lines.slice(from, index + 1).join(' ') });
    } else if (/[^:'"`]\/\/ /.test(line)) {
      comments.push({ line: index + 1, text: line.slice(line.indexOf('// ')) });
    }
  }
  return comments;
}

export function countWords(path: string, text: string): WordCounts {
  const counts: WordCounts = { comments: 0, relative: 0, answers: 0, bindings: 0, vague: 0, places: [] };
  for (const comment of commentsOf(text)) {
    counts.comments += 1;
    if (!RELATIVE.test(comment.text)) continue;
    counts.relative += 1;
    counts.places.push(`${path}:${comment.line}: ${comment.text.trim().slice(0, 140)}`);
  }
  for (const [index, line] of text.split('\n').entries()) {
    const occurrences = line.match(ANSWERS)?.length ?? 0;
    counts.answers += occurrences;
    if (occurrences > 0) counts.places.push(`${path}:${index + 1}: answers: ${line.trim().slice(0, 120)}`);
  }
  const code = text
    .replace(/\/\*[\s\S]*?\*\//g, (comment) => comment.replace(/[^\n]/g, ' '))
    .replace(/\/\/ .*$/gm, '');
  for (const match of code.matchAll(BINDING)) {
    const names = namesIn(match.slice(1).find((part) => part !== undefined) ?? '');
    counts.bindings += names.length;
    for (const name of names.filter((candidate) => VAGUE_NAMES.has(candidate))) {
      counts.vague += 1;
      const line = code.slice(0, match.index).split('\n').length;
      counts.places.push(`${path}:${line}: name: ${name}`);
    }
  }
  return counts;
}

/** `a, b: c, ...d` and `one: string, two = 3` -> the names that are bound. */
function namesIn(list: string): string[] {
  return list.split(',').flatMap((part) => {
    const [, renamed] = /^\s*\w+\s*:\s*(\w+)\s*$/.exec(part) ?? [];
    const isType = renamed !== undefined && /^(string|number|boolean|unknown|void|[A-Z]\w*)$/.test(renamed);
    const name = renamed !== undefined && !isType ? renamed : /^\s*(?:\.\.\.)?(\w+)/.exec(part)?.[1];
    return name === undefined || /^\d/.test(name) ? [] : [name];
  });
}

export async function countFolder(folder: string): Promise<WordCounts> {
  const total: WordCounts = { comments: 0, relative: 0, answers: 0, bindings: 0, vague: 0, places: [] };
  for (const path of [...new Bun.Glob(`${folder}/**/*.ts`).scanSync({ cwd: ROOT })].toSorted()) {
    if (path.startsWith('tests/tidy/words')) continue;
    const counts = countWords(path, await Bun.file(join(ROOT, path)).text());
    for (const name of ['comments', 'relative', 'answers', 'bindings', 'vague'] as const) {
      total[name] += counts[name];
    }
    total.places.push(...counts.places);
  }
  return total;
}

if (import.meta.main) {
  const { list } = readOptions(process.argv.slice(2), { list: 'text' }).options;
  if (list !== undefined) {
    for (const place of (await countFolder(list)).places) console.log(place);
  } else {
    console.log('folder      comments  relative  answers  bindings  vague');
    for (const folder of FOLDERS) {
      const { comments, relative, answers, bindings, vague } = await countFolder(folder);
      const share = (part: number, whole: number) => `${((100 * part) / Math.max(1, whole)).toFixed(1)} %`;
      console.log(
        `${folder.padEnd(12)}${String(comments).padEnd(10)}${share(relative, comments).padEnd(10)}` +
          `${String(answers).padEnd(9)}${String(bindings).padEnd(10)}${share(vague, bindings)}`,
      );
    }
  }
}
