import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const README = readFileSync(join(import.meta.dir, '..', '..', 'sdk', 'README.md'), 'utf8');

interface Snippet {
  /** The heading that it stands under. */
  title: string;
  /** A whole module: each recipe is preceded by the lines that all of them need. */
  code: string;
}

/** Every TypeScript snippet of the README as a module that runs. */
export function readSnippets(): Snippet[] {
  const prelude = blocksOf('ts').find(({ title }) => title === 'Recipes')?.code ?? '';
  return blocksOf('ts').map(({ title, code }) => ({
    title,
    code: /import \{[^}]*\bEcsClient\b/.test(code) ? code : `${prelude}${code}`,
  }));
}

export const readPage = (): string => blocksOf('html')[0]?.code ?? '';
export const quickStartOutput = (): string =>
  blocksOf('').find(({ title }) => title === 'Quick start')?.code ?? '';

/** Whether the README has a word for a name. */
export const isNamed = (name: string): boolean => new RegExp(`\\b${name}\\b`).test(README);

/** The methods that the README lists: `offers.list`. */
export const listedMethods = (): string[] =>
  [...README.matchAll(/^\| `(\w+\.\w+)\(/gm)].map(([, name]) => name ?? '');

/** The fenced blocks of a language, each with its heading. */
function blocksOf(language: string): Snippet[] {
  const blocks: Snippet[] = [];
  let title = '';
  for (const [, heading, tag, code] of README.matchAll(/^#+ (.+)$|^```(\w*)\n([\s\S]*?)^```$/gm)) {
    if (heading) title = heading;
    else if (tag === language && code) blocks.push({ title, code });
  }
  return blocks;
}
