import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import packageJson from '../../../package.json' with { type: 'json' };
import { createAsyncApi } from './asyncapi.ts';
import { createOpenApi } from './openapi.ts';

/** `npm run documents`: the documents as they stand in docs/api, where a change of the wire is seen. */
export const FOLDER = join(import.meta.dir, '..', '..', '..', 'docs', 'api');

export function documents(): Record<string, string> {
  const write = (value: unknown) => `${JSON.stringify(value, null, 2)}\n`;
  return {
    'openapi.json': write(createOpenApi(packageJson.version)),
    'asyncapi.json': write(createAsyncApi(packageJson.version)),
  };
}

if (import.meta.main) {
  mkdirSync(FOLDER, { recursive: true });
  for (const [name, text] of Object.entries(documents())) writeFileSync(join(FOLDER, name), text);
}
