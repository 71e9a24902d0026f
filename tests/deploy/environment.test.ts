import { describe, expect, test } from 'bun:test';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { PROCESS_VARIABLES } from '../../platform/kernel/config.ts';
import { build, podOf, readYaml } from './kustomize.ts';

/** Compares the variables of each service in a deployment with those that its `variables` declares. */
const ROOT = join(import.meta.dir, '..', '..');
const TARGETS = readdirSync(join(ROOT, 'apps')).filter((name) =>
  existsSync(join(ROOT, 'apps', name, 'service.ts')),
);

type Reader = (text: undefined, env: object) => unknown;
type Environment = Record<string, string>;
interface ComposeFile {
  services: Record<string, { command?: string[]; environment?: Environment }>;
}

async function variablesOf(target: string): Promise<{ read: string[]; required: string[] }> {
  const { variables } = (await import(join(ROOT, 'apps', target, 'service.ts'))) as {
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
  return { read: [...Object.keys(PROCESS_VARIABLES), ...Object.keys(variables)], required };
}

/** Every service of a deployment: its target and the names that it is given. */
type Given = [service: string, target: string, names: string[]][];

function givenByCompose(files: string[]): Given {
  const layers = files.flatMap((file) => readYaml<ComposeFile>(join(ROOT, file)));
  return Object.entries(layers[0]?.services ?? {}).flatMap(([service, { command }]) => {
    const [target = ''] = command ?? [];
    const names = layers.flatMap(({ services }) => Object.keys(services[service]?.environment ?? {}));
    return TARGETS.includes(target) ? [[service, target, [...new Set(names)]] as const] : [];
  }) as Given;
}

function givenByKubernetes(folder: string): Given {
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
  const environmentOf = (service: string): Environment =>
    Object.assign({}, ...layers.map(({ services }) => services[service]?.environment ?? {})) as Environment;
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

const DEPLOYMENTS: [name: string, given: Given][] = [
  ['compose.yaml', givenByCompose(['compose.yaml'])],
  ['compose.cluster.yaml', givenByCompose(['compose.yaml', 'compose.cluster.yaml'])],
  ...['base', 'overlays/small', 'overlays/large'].map(
    (folder) => [`deploy/kubernetes/${folder}`, givenByKubernetes(folder)] as [string, Given],
  ),
];

describe.each(DEPLOYMENTS)('%s', (_, deployment) => {
  test('runs every service', () => {
    const targets = new Set(deployment.map(([, target]) => target));
    expect([...targets].toSorted()).toEqual(TARGETS.toSorted());
  });

  test.each(deployment)(
    'gives %s the variables that it needs, and no others',
    async (_service, target, names) => {
      const { read: declared, required } = await variablesOf(target);
      expect(required.filter((name) => !names.includes(name))).toEqual([]);
      expect(names.filter((name) => !declared.includes(name))).toEqual([]);
    },
  );

  test.each(deployment.filter(([, target]) => /processing|application|keeper|ml/.test(target)))(
    'gives %s no key that signs or checks tokens',
    (_service, _target, names) => {
      expect(names.filter((name) => /SECRET|KEY/.test(name))).toEqual([]);
    },
  );
});
