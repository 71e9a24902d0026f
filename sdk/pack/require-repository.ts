import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Ends the process with the step to take while the package names no real repository: provenance is of the
 * repository that builds it, and the registry refuses another.
 */
export function requireRepository(folder: string): void {
  const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as {
    repository?: { url?: string };
  };
  const { url = '' } = manifest.repository ?? {};
  if (url !== '' && !/\.(example|invalid|test)(\/|$)/.test(url)) return;
  console.error(`sdk/package.json: repository.url is a placeholder (${url}). In sdk/, before npm publish:`);
  console.error('  npm pkg set repository.url=git+https://HOST/OWNER/NAME.git');
  process.exit(1);
}
