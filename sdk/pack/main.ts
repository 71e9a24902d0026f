import { join, resolve } from 'node:path';
import { packSdk } from './pack-sdk.ts';

/** `npm run sdk:pack [-- FOLDER]`: the package that partners install; its path goes to stdout. */
const folder = resolve(process.argv[2] ?? join(import.meta.dir, '..', '..', 'dist', 'sdk'));
const { tarball } = await packSdk(folder);
console.log(tarball);
