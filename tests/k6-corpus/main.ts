import { judgeFolder, SETTINGS } from './judge-folder.ts';

/**
 * `npm run test:k6-corpus -- FOLDER`: runs every script of a folder (without it: our own corpus) against a local
 * server and counts its outcomes by class. Exits with 1 when one is wrong, misleading, hangs or crashes.
 */
const [folder = SETTINGS.folder, ...rest] = process.argv.slice(2);
const limit = Number(rest[rest.indexOf('--limit') + 1] || SETTINGS.limitSeconds);
const startedAt = performance.now();
const { verdicts, counts } = await judgeFolder({ folder, limitSeconds: limit });
for (const { name, verdict, reasons } of verdicts) {
  if (verdict !== 'right') console.log(`${verdict.padEnd(16)} ${name}  ${reasons.join('; ')}`);
}
console.log(`\n${verdicts.length} scripts in ${((performance.now() - startedAt) / 1000).toFixed(1)} s`);
for (const [verdict, count] of Object.entries(counts)) console.log(`${verdict.padEnd(16)} ${count}`);
process.exit(verdicts.some(({ isGood }) => !isGood) ? 1 : 0);
