import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import packageJson from '../../../package.json' with { type: 'json' };
import type { Endpoint } from '../../../sdk/contracts/endpoint.ts';
import { ENDPOINT_LIST } from '../../../sdk/contracts/endpoints.ts';
import { withUsersAndScripts } from '../../../platform/data/cache-users.ts';
import { brokerUsers } from '../../../platform/messaging/broker-users.ts';
import { withInventory } from '../../../platform/privacy/inventory-document.ts';
import { createAsyncApi } from './asyncapi.ts';
import { createDashboards } from './dashboards.ts';
import { createOpenApi } from './openapi.ts';
import { createRoleTable } from './roles.ts';

/** `STREAM_PARTITIONS` of compose.cluster.yaml; with fewer, the rights of the others are of no use. */
const PARTITIONS_OF_CLUSTER = 3;

export const ROOT = join(import.meta.dir, '..', '..', '..');

/** Files that are made of the tables, by their places in the repository. `npm run documents` writes them. */
export function generatedFiles(): Record<string, string> {
  const toText = (value: unknown) => `${JSON.stringify(value, null, 2)}\n`;
  return {
    'docs/api/openapi.json': toText(createOpenApi(packageJson.version)),
    'docs/roles.md': createRoleTable(),
    'docs/api/asyncapi.json': toText(createAsyncApi(packageJson.version)),
    'sdk/contracts/paths.ts': pathsModule(({ path }) => !isOfOperators(path)),
    'sdk/contracts/operator-paths.ts': pathsModule(({ path }) => isOfOperators(path)),
    'deploy/nats/users.conf': brokerUsers(PARTITIONS_OF_CLUSTER),
    'deploy/redis/start.sh': withUsersAndScripts(readFileSync(join(ROOT, 'deploy/redis/start.sh'), 'utf8')),
    ...Object.fromEntries(
      Object.entries(createDashboards()).map(([name, dashboard]) => [
        `deploy/observability/grafana/dashboards/${name}.json`,
        toText(dashboard),
      ]),
    ),
    'docs/privacy.md': withInventory(readFileSync(join(ROOT, 'docs/privacy.md'), 'utf8')),
  };
}

const isOfOperators = (path: string) => path.startsWith('/v1/operators/');

/**
 * The paths apart from the schemas: a client carries no schema, and a partner's no path of operators. Each is
 * a constant, so that a bundle has no names of them.
 */
function pathsModule(isIn: (endpoint: Endpoint) => boolean): string {
  const lines = ENDPOINT_LIST.filter(([, endpoint]) => isIn(endpoint)).map(
    ([name, { path }]) => `export const ${name} = '${path}';\n`,
  );
  return `// Made by \`npm run documents\`: the path of each endpoint, with \`{name}\` for a parameter.
${lines.join('')}`;
}

if (import.meta.main) {
  for (const [path, text] of Object.entries(generatedFiles())) writeFileSync(join(ROOT, path), text);
}
