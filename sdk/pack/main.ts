import { join, resolve } from 'node:path';
import { packSdk } from './pack-sdk.ts';

/** `npm run sdk:pack [-- FOLDER]`: the package that partners install; its path goes to stdout. */
const [argument, ...rest] = process.argv.slice(2);
if (argument?.startsWith('-') || rest.length > 0) {
  console.error(`usage: npm run sdk:pack [-- FOLDER], not ${process.argv.slice(2).join(' ')}`);
  process.exit(2);
}
const folder = resolve(argument ?? join(import.meta.dir, '..', '..', 'dist', 'sdk'));
const { tarball } = await packSdk(folder);
console.log(tarball);
