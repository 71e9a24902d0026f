import { describe, expect, test } from 'bun:test';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { PROCESS_VARIABLES } from '../../platform/kernel/config.ts';
import { TRACING_VARIABLES } from '../../platform/tracing/tracing-variables.ts';
import { build, podOf, readYaml } from './kustomize.ts';

/** Compares the variables of each container of a deployment with those that its `variables` declares. */
const ROOT = join(import.meta.dir, '..', '..');
const SERVICES = readdirSync(join(ROOT, 'apps')).filter((name) =>
  existsSync(join(ROOT, 'apps', name, 'service.ts')),
);

type Reader = (text: undefined, env: object) => unknown;
type Environment = Record<string, string>;
interface ComposeFile {
  services: Record<string, { command?: string[]; environment?: Environment }>;
}

async function variablesOf(service: string): Promise<{ read: string[]; required: string[] }> {
  const { variables } = (await import(join(ROOT, 'apps', service, 'service.ts'))) as {
    variables: Record<string, Reader>;
  };
  const required = Object.keys(variables).filter((name) => {
    try {
      variables[name]?.(undefined, {});
      return false;
    } catch {
      return true;
    }
  });
  return {
    read: [...Object.keys(PROCESS_VARIABLES), ...Object.keys(TRACING_VARIABLES), ...Object.keys(variables)],
    required,
  };
}

/** Every container of a deployment: its service and the names that it is given. */
type Deployment = [container: string, service: string, names: string[]][];

function readCompose(files: string[]): Deployment {
  const layers = files.flatMap((file) => readYaml<ComposeFile>(join(ROOT, file)));
  return Object.entries(layers[0]?.services ?? {}).flatMap(([container, { command }]) => {
    const [service = ''] = command ?? [];
    const names = layers.flatMap(({ services }) => Object.keys(services[container]?.environment ?? {}));
    return SERVICES.includes(service) ? [[container, service, [...new Set(names)]] as const] : [];
  }) as Deployment;
}

function readKubernetes(folder: string): Deployment {
  return build(join(ROOT, 'deploy', 'kubernetes', folder))
    .filter(({ kind }) => kind === 'Deployment')
    .map((manifest) => {
      const [container] = podOf(manifest).containers;
      const names = (container?.env ?? []).map(({ name }) => name);
      return [manifest.metadata.name, container?.args?.[0] ?? '', names];
    });
}

/** The names of the passwords that a text stands for. */
const passwordsIn = (text: string) => text.match(/[A-Z_]+_PASSWORD/g) ?? [];

describe.each([[['compose.yaml']], [['compose.yaml', 'compose.cluster.yaml']]])('%p', (files) => {
  const layers = files.flatMap((file) => readYaml<ComposeFile>(join(ROOT, file)));
  const names = new Set(layers.flatMap(({ services }) => Object.keys(services)));
  const environmentOf = (container: string): Environment =>
    Object.assign({}, ...layers.map(({ services }) => services[container]?.environment ?? {})) as Environment;
  const engines = [...names].filter((name) => /^(nats|redis)(-\d|-replica)?$/.test(name));

  test.each(engines)('gives %s the password of each of its users, and of nobody else', (engine) => {
    const variable = engine.startsWith('nats') ? 'NATS_URL' : 'REDIS_URL';
    const users = [...names].flatMap((name) => passwordsIn(environmentOf(name)[variable] ?? ''));
    const passwordNames = Object.keys(environmentOf(engine))
      .flatMap(passwordsIn)
      .filter((name) => !/^(ROUTE|REPLICATION|SENTINEL)_/.test(name));
    expect(passwordNames.toSorted()).toEqual([...new Set(users)].toSorted());
  });
});

const DEPLOYMENTS: [name: string, given: Deployment][] = [
  ['compose.yaml', readCompose(['compose.yaml'])],
  ['compose.cluster.yaml', readCompose(['compose.yaml', 'compose.cluster.yaml'])],
  ...['base', 'overlays/small', 'overlays/large', 'overlays/tls'].map(
    (folder) => [`deploy/kubernetes/${folder}`, readKubernetes(folder)] as [string, Deployment],
  ),
];

describe.each(DEPLOYMENTS)('%s', (_, deployment) => {
  test('runs every service', () => {
    const services = new Set(deployment.map(([, service]) => service));
    expect([...services].toSorted()).toEqual(SERVICES.toSorted());
  });

  test.each(deployment)(
    'gives %s the variables that it needs, and no others',
    async (_container, service, names) => {
      const { read: declared, required } = await variablesOf(service);
      expect(required.filter((name) => !names.includes(name))).toEqual([]);
      expect(names.filter((name) => !declared.includes(name))).toEqual([]);
    },
  );

  test.each(deployment.filter(([, service]) => /processing|application|keeper|ml/.test(service)))(
    'gives %s no key that signs or checks tokens',
    (_container, _service, names) => {
      // That of erasures hashes ids, and opens nothing.
      const others = ['TLS_KEY_FILE', 'ERASURE_KEY'];
      expect(names.filter((name) => /SECRET|KEY/.test(name) && !others.includes(name))).toEqual([]);
    },
  );
});
