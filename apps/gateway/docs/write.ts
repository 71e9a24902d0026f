import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import packageJson from '../../../package.json' with { type: 'json' };
import { ENDPOINT_LIST } from '../../../sdk/contracts/endpoints.ts';
import { brokerUsers } from '../../../platform/messaging/broker-users.ts';
import { createAsyncApi } from './asyncapi.ts';
import { createOpenApi } from './openapi.ts';

export const ROOT = join(import.meta.dir, '..', '..', '..');

/** Files that are made of the tables, by their places in the repository. `npm run documents` writes them. */
export function generatedFiles(): Record<string, string> {
  const toText = (value: unknown) => `${JSON.stringify(value, null, 2)}\n`;
  return {
    'docs/api/openapi.json': toText(createOpenApi(packageJson.version)),
    'docs/api/asyncapi.json': toText(createAsyncApi(packageJson.version)),
    'sdk/contracts/paths.ts': pathsModule(),
    'deploy/nats/users.conf': brokerUsers(1),
  };
}

/** The paths apart from the schemas, so that a client carries none of them. */
function pathsModule(): string {
  const lines = ENDPOINT_LIST.map(([name, { path }]) => `  ${name}: '${path}',\n`).join('');
  return `/** Made by \`npm run documents\`: the path of each endpoint, with \`{name}\` for a parameter. */
export const PATHS = {
${lines}} as const;
`;
}

if (import.meta.main) {
  for (const [path, text] of Object.entries(generatedFiles())) writeFileSync(join(ROOT, path), text);
}
