import { dirname, join } from 'node:path';

/** Paths in prose and commands: they begin with a folder of the repository and end before punctuation. */
const REPOSITORY_PATH =
  /(?<![\w@/.:-])(?:apps|cli|deploy|docs|load-tests|migrations|platform|sdk|tests|underwriting|\.ci)\/[\w./-]*\w/g;
const CODE_FILE = /`([\w-]+(?:\.[\w-]+)*\.(?:ts|sql|sh))`/g;
/** A name that the reader fills in. */
const PLACEHOLDER = /NNNN|NAME/;
const LINK = /\]\(([^)\s]+)\)/g;

/** Returns the paths in a document that no file of the repository has, by their lines. */
export function missingPaths(document: string, text: string, files: readonly string[]): string[] {
  // A worked example heads a block by the file that it makes.
  const made = [...text.matchAll(/^```\w+ (\S+)$/gm)].map(([, file = '']) => file);
  const allFiles = [...files, ...made];
  const exists = (path: string) => allFiles.some((file) => file.startsWith(path));
  const names = new Set(allFiles.map((file) => file.split('/').at(-1)));
  return text.split('\n').flatMap((line, index) => {
    const links = [...line.matchAll(LINK)]
      .map(([, target = '']) => target.split('#')[0] ?? '')
      .filter((target) => target !== '' && !/^\w+:/.test(target))
      .map((target) => join(dirname(document), target));
    const prose = line.replace(LINK, ']').match(REPOSITORY_PATH) ?? [];
    const wrong = [...links, ...prose].filter((path) => !exists(path.replace(/\/$/, '')));
    const wrongNames = [...line.matchAll(CODE_FILE)].flatMap(([, name = '']) =>
      names.has(name) ? [] : [name],
    );
    const missing = [...wrong, ...wrongNames].filter((path) => !PLACEHOLDER.test(path));
    return missing.map((path) => `${document}:${index + 1}: ${path}`);
  });
}
