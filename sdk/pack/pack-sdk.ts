import { cpSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { buildPackage, run, SDK } from './build-package.ts';

interface PackedSdk {
  /** The published package, as a folder. */
  packageDir: string;
  /** The same package as the tarball that `npm install` takes. */
  tarball: string;
}

/** Builds the package into `outDir`, which is emptied first. Throws when a step fails, with its words. */
export async function packSdk(outDir: string): Promise<PackedSdk> {
  const packageDir = join(outDir, 'package');
  rmSync(outDir, { recursive: true, force: true });
  mkdirSync(packageDir, { recursive: true });
  await buildPackage(packageDir);
  for (const name of ['package.json', 'README.md', 'CHANGELOG.md']) {
    cpSync(join(SDK, name), join(packageDir, name));
  }
  const pack = [process.execPath, 'pm', 'pack', '--quiet', '--ignore-scripts', '--destination', outDir];
  run(pack, packageDir);
  const tarball = readdirSync(outDir).find((name) => name.endsWith('.tgz'));
  if (!tarball) throw new Error('no tarball was made');
  return { packageDir, tarball: join(outDir, tarball) };
}
