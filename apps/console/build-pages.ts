import { join, relative, resolve } from 'node:path';
import { gzipSync } from 'bun';

/** A file for the browser; its name has a hash of its content, so a browser keeps it for good. */
export interface Asset {
  contentType: string;
  body: Uint8Array<ArrayBuffer>;
  gzipped: Uint8Array<ArrayBuffer>;
}

export interface Built {
  page: string;
  assets: Map<string, Asset>;
  /** The files that it is made of, by their paths from the top folder. */
  inputs: string[];
}

export const TOP = join(import.meta.dir, '..', '..');
const ENTRY = join(import.meta.dir, 'web', 'main.tsx');
const TYPES: Record<string, string> = {
  js: 'text/javascript; charset=utf-8',
  css: 'text/css; charset=utf-8',
};

/** Builds the pages from their sources, in about 100 ms. */
export async function buildPages(): Promise<Built> {
  const { outputs, metafile } = await Bun.build({
    entrypoints: [ENTRY],
    target: 'browser',
    minify: true,
    // A file per page, loaded on demand.
    splitting: true,
    metafile: true,
    publicPath: '/console/assets/',
    naming: { entry: '[name]-[hash].[ext]', chunk: '[name]-[hash].[ext]' },
  });
  const assets = new Map<string, Asset>();
  let script = '';
  // Each page with styles of its own has a sheet; they are small, and are there before its markup.
  const sheets: string[] = [];
  for (const output of outputs) {
    const name = output.path.replace(/^.*\//, '');
    assets.set(name, assetOf(name, new Uint8Array(await output.arrayBuffer())));
    if (name.endsWith('.css')) sheets.push(name);
    else if (output.kind === 'entry-point') script = name;
  }
  const inputs = Object.keys(metafile?.inputs ?? {}).map((path) => relative(TOP, resolve(path)));
  return { page: pageOf(script, inOrder(sheets), sharedFiles(metafile?.outputs ?? {})), assets, inputs };
}

/**
 * Returns the files that a third of the pages import, themselves or by another file: a browser that loads
 * them beside the first file need not wait for the page to name them.
 */
function sharedFiles(outputs: Bun.BuildMetafile['outputs']): string[] {
  const nameOf = (path: string) => path.replace(/^.*\//, '');
  const scripts = new Map(Object.entries(outputs).map(([path, output]) => [nameOf(path), output]));
  const importsOf = (name: string, found = new Set<string>()): Set<string> => {
    for (const { path, kind } of scripts.get(name)?.imports ?? []) {
      const next = nameOf(path);
      if (kind !== 'import-statement' || found.has(next)) continue;
      importsOf(next, found.add(next));
    }
    return found;
  };
  const pages = [...scripts].filter(([name, { entryPoint }]) => entryPoint && name.endsWith('.js'));
  const imports = pages.flatMap(([name]) => [...importsOf(name)]);
  const counts = Map.groupBy(imports, (name) => name);
  return [...counts]
    .filter(([name, { length }]) => length > pages.length / 3 && !scripts.get(name)?.entryPoint)
    .map(([name]) => name)
    .toSorted();
}

/** The sheet of all pages first, so that those of a page add to it; outputs come in any order. */
const inOrder = (sheets: string[]) =>
  sheets.toSorted(
    (a, b) => Number(b.startsWith('main-')) - Number(a.startsWith('main-')) || a.localeCompare(b),
  );

export function assetOf(name: string, body: Uint8Array<ArrayBuffer>): Asset {
  const contentType = TYPES[name.replace(/^.*\./, '')] ?? 'application/octet-stream';
  return { contentType, body, gzipped: gzipSync(body) };
}

const pageOf = (script: string, sheets: string[], shared: string[]) => `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>ECS console</title>
<link rel="icon" href="data:,">
${sheets.map((sheet) => `<link rel="stylesheet" href="/console/assets/${sheet}">`).join('\n')}
${shared.map((file) => `<link rel="modulepreload" href="/console/assets/${file}">`).join('\n')}
<script type="module" src="/console/assets/${script}"></script>
</head>
<body><div id="root"></div><noscript>The console needs JavaScript.</noscript></body>
</html>
`;
