import { join } from 'node:path';
import { gzipSync } from 'bun';

/** A file for the browser; its name has a hash of its content, so a browser keeps it for good. */
export interface Asset {
  contentType: string;
  body: Uint8Array<ArrayBuffer>;
  gzipped: Uint8Array<ArrayBuffer>;
}

/** The files of the pages. */
export interface Bundle {
  /** The page at every address of the console. */
  page(): Promise<string>;
  asset(name: string): Promise<Asset | undefined>;
}

interface Built {
  page: string;
  assets: Map<string, Asset>;
}

const ENTRY = join(import.meta.dir, 'web', 'main.tsx');
const TYPES: Record<string, string> = {
  js: 'text/javascript; charset=utf-8',
  css: 'text/css; charset=utf-8',
};

/** Builds the pages of their sources once, for the first browser; about 100 ms. */
export function createBundle(): Bundle {
  let built: Promise<Built> | undefined;
  const ready = () => (built ??= build());
  return {
    page: async () => (await ready()).page,
    asset: async (name) => (await ready()).assets.get(name),
  };
}

async function build(): Promise<Built> {
  const { outputs } = await Bun.build({
    entrypoints: [ENTRY],
    target: 'browser',
    minify: true,
    // A file a page, loaded on demand.
    splitting: true,
    publicPath: '/console/assets/',
    naming: { entry: '[name]-[hash].[ext]', chunk: '[name]-[hash].[ext]' },
  });
  const assets = new Map<string, Asset>();
  let script = '';
  // Each page with styles of its own has a sheet; they are small, and are there before its markup.
  const sheets: string[] = [];
  for (const output of outputs) {
    const name = output.path.replace(/^.*\//, '');
    const extension = name.replace(/^.*\./, '');
    const body = new Uint8Array(await output.arrayBuffer());
    const contentType = TYPES[extension] ?? 'application/octet-stream';
    assets.set(name, { contentType, body, gzipped: gzipSync(body) });
    if (extension === 'css') sheets.push(name);
    else if (output.kind === 'entry-point') script = name;
  }
  return { page: pageOf(script, sheets), assets };
}

const pageOf = (script: string, sheets: string[]) => `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>ECS console</title>
<link rel="icon" href="data:,">
${sheets.map((sheet) => `<link rel="stylesheet" href="/console/assets/${sheet}">`).join('\n')}
<script type="module" src="/console/assets/${script}"></script>
</head>
<body><div id="root"></div><noscript>The console needs JavaScript.</noscript></body>
</html>
`;
