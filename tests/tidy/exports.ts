import { join } from 'node:path';

/** Scripts and modules of k6: a runner, and scripts of others, import what they export. */
const IMPORTED_ELSEWHERE = /^load-tests\/(scenarios|runner\/stand-ins)\/|^tests\/(load|mutants)\//;
const EXPORT =
  /^export (?:async )?(?:abstract )?(?:function\*?|const|let|class|interface|type) (?<name>\w+)/gm;
const IMPORT = /\b(?:im|ex)port\s+(?:type\s+)?(?<names>[\w*\s{},]+?)\s+from\s+'(?<path>\.[^']+)'/g;
const LOADED = /\bimport\(\s*'(?<path>\.[^']+)'\s*\)/g;

/** Returns the exports of modules, by path and text, that none of the other modules imports. */
export function uselessExports(modules: ReadonlyMap<string, string>): string[] {
  const imported = new Set<string>();
  for (const [path, text] of modules) {
    const targetOf = (written: string | undefined) => join(path, '..', written ?? '');
    for (const { groups } of text.matchAll(LOADED)) imported.add(`${targetOf(groups?.path)} *`);
    for (const { groups } of text.matchAll(IMPORT)) {
      for (const [name] of (groups?.names ?? '').matchAll(/(?<!\bas )(?!type\b)[\w*]+/g)) {
        imported.add(`${targetOf(groups?.path)} ${name}`);
      }
    }
  }
  return [...modules].flatMap(([path, text]) => {
    if (IMPORTED_ELSEWHERE.test(path) || imported.has(`${path} *`)) return [];
    const names = [...text.matchAll(EXPORT)].map(({ groups }) => `${path} ${groups?.name}`);
    return names.filter((name) => !imported.has(name));
  });
}
