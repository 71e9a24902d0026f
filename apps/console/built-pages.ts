import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { assetOf, buildPages, type Built, TOP } from './build-pages.ts';

/** The folder of pages that were built with the image. */
const FOLDER = join(import.meta.dir, 'built');
const MANIFEST = 'manifest.json';

interface Manifest {
  /** Of all sources and of Bun, which builds them. */
  hash: string;
  inputs: string[];
  page: string;
  assets: string[];
}

/** Returns the pages of an earlier build; null without one, or where a source has changed since. */
export async function readBuiltPages(folder = FOLDER): Promise<Built | null> {
  if (!existsSync(join(folder, MANIFEST))) return null;
  const manifest = JSON.parse(await readFile(join(folder, MANIFEST), 'utf8')) as Manifest;
  if ((await hashOf(manifest.inputs)) !== manifest.hash) return null;
  const assets = await Promise.all(
    manifest.assets.map(async (name) => {
      const body = new Uint8Array(await readFile(join(folder, name)));
      return [name, assetOf(name, body)] as const;
    }),
  );
  return { page: manifest.page, assets: new Map(assets), inputs: manifest.inputs };
}

/** Builds the pages into a folder. */
export async function writeBuiltPages(folder = FOLDER): Promise<void> {
  const { page, assets, inputs } = await buildPages();
  await mkdir(folder, { recursive: true });
  for (const [name, { body }] of assets) await writeFile(join(folder, name), body);
  const manifest: Manifest = { hash: await hashOf(inputs), inputs, page, assets: [...assets.keys()] };
  // Written last: a folder without it counts as not built.
  await writeFile(join(folder, MANIFEST), JSON.stringify(manifest));
}

async function hashOf(inputs: string[]): Promise<string> {
  const hash = new Bun.CryptoHasher('sha256');
  hash.update(Bun.version);
  const texts = await Promise.all(inputs.map((path) => readFile(join(TOP, path)).catch(() => null)));
  for (const [index, text] of texts.entries())
    hash.update(`${inputs[index]} ${text?.length}\n`).update(text ?? '');
  return hash.digest('hex');
}

if (import.meta.main) void writeBuiltPages();
