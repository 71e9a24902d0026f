import { join, resolve } from 'node:path';
import { buildPackage, removeBuilt, SDK } from './build-package.ts';
import { packSdk } from './pack-sdk.ts';
import { requireRepository } from './require-repository.ts';

const USAGE = 'usage: npm run sdk:pack [-- FOLDER]';

/**
 * `npm run sdk:pack [-- FOLDER]`: the package that partners install; its path goes to stdout. `npm pack` and
 * `npm publish` in `sdk/` build in place before they pack (`--in-place`), and clean up after it (`--clean`);
 * `npm publish` asks first whether the repository is one (`--publish`).
 */
const [argument, ...rest] = process.argv.slice(2);
if (rest.length > 0) fail();
else if (argument === '--in-place') await buildInPlace();
else if (argument === '--clean') removeBuilt(SDK);
else if (argument === '--publish') requireRepository(SDK);
else if (argument?.startsWith('-')) fail();
else {
  const folder = resolve(argument ?? join(import.meta.dir, '..', '..', 'dist', 'sdk'));
  const { tarball } = await packSdk(folder);
  console.log(tarball);
}

async function buildInPlace(): Promise<void> {
  try {
    await buildPackage(SDK);
  } catch (error) {
    removeBuilt(SDK);
    throw error;
  }
}

function fail(): never {
  console.error(`${USAGE}, not ${process.argv.slice(2).join(' ')}`);
  process.exit(2);
}
