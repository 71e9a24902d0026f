import { describe, expect, test } from 'bun:test';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Deployment } from 'kubernetes-models/apps/v1';
import { HorizontalPodAutoscaler } from 'kubernetes-models/autoscaling/v2';
import { Job } from 'kubernetes-models/batch/v1';
import { Ingress, NetworkPolicy } from 'kubernetes-models/networking.k8s.io/v1';
import { PodDisruptionBudget } from 'kubernetes-models/policy/v1';
import { Namespace, Service } from 'kubernetes-models/v1';

/** The manifests against the API's own schemas, and against each other. */
const FOLDER = join(import.meta.dir, '..', '..', 'deploy', 'kubernetes');
const KINDS = {
  Deployment,
  HorizontalPodAutoscaler,
  Ingress,
  Job,
  Namespace,
  NetworkPolicy,
  PodDisruptionBudget,
  Service,
};

interface Manifest {
  apiVersion: string;
  kind: string;
  metadata: { name: string };
  spec: Record<string, unknown>;
  $patch?: string;
}
interface Kustomization {
  resources?: string[];
  patches?: { path: string; target?: { kind?: string; name?: string } }[];
}

const read = <T>(path: string): T[] =>
  [Bun.YAML.parse(readFileSync(path, 'utf8'))].flat().filter((one) => one !== null) as T[];

/** What kustomize makes of a folder, as far as ours go: resources, and strategic merges by target. */
function build(folder: string): Manifest[] {
  const [kustomization] = read<Kustomization>(join(folder, 'kustomization.yaml'));
  const { resources = [], patches = [] } = kustomization ?? {};
  let manifests = resources.flatMap((path) =>
    path.endsWith('.yaml') ? read<Manifest>(join(folder, path)) : build(join(folder, path)),
  );
  for (const { path, target } of patches) {
    const [patch] = read<Manifest>(join(folder, path));
    if (!patch) throw new Error(`${path} is empty`);
    const isMeant = ({ kind, metadata }: Manifest) =>
      kind === (target?.kind ?? patch.kind) &&
      (target
        ? new RegExp(`^(${target.name ?? '.*'})$`).test(metadata.name)
        : metadata.name === patch.metadata.name);
    if (!manifests.some(isMeant)) throw new Error(`${path} changes nothing`);
    if (patch.$patch === 'delete') manifests = manifests.filter((one) => !isMeant(one));
    else
      manifests = manifests.map((one) =>
        isMeant(one) ? { ...one, spec: merge(one.spec, patch.spec) } : one,
      );
  }
  return manifests;
}

/** Objects by key, lists of what has a name by that name, other lists replaced. */
function merge<T>(base: T, patch: unknown): T {
  if (Array.isArray(base) && Array.isArray(patch)) {
    const named = (list: unknown[]) =>
      list.every((one) => (one as { name?: string } | null)?.name !== undefined);
    if (!named(base) || !named(patch)) return patch as T;
    const all = new Map(base.map((one) => [(one as { name: string }).name, one as unknown]));
    for (const one of patch as { name: string }[]) all.set(one.name, merge(all.get(one.name) ?? {}, one));
    return [...all.values()] as T;
  }
  if (typeof base !== 'object' || base === null || typeof patch !== 'object' || patch === null)
    return patch as T;
  const merged = { ...base } as Record<string, unknown>;
  for (const [key, value] of Object.entries(patch))
    merged[key] = key in merged ? merge(merged[key], value) : value;
  return merged as T;
}

interface PodSpec {
  securityContext: { runAsNonRoot: boolean };
  containers: {
    name: string;
    args?: string[];
    env?: { name: string; value?: string }[];
    envFrom?: { secretRef: { name: string } }[];
    securityContext: object;
    readinessProbe?: object;
    resources: { requests: object; limits: object };
  }[];
}
const podOf = ({ spec }: Manifest) => (spec.template as { spec: PodSpec }).spec;

/** The parts that know a caller by its token or key: the keys are in `ecs-common`. */
const KEY_HOLDERS = ['gateway', 'emotion-ingestion', 'transaction-ingestion', 'credit'];

const overlays = ['base', ...readdirSync(join(FOLDER, 'overlays')).map((name) => join('overlays', name))];

describe.each(overlays)('%s', (name) => {
  const manifests = build(join(FOLDER, name));
  const ofKind = (kind: string) => manifests.filter((one) => one.kind === kind);

  test('every manifest is valid by the schema of its kind', () => {
    for (const manifest of manifests) {
      const Model = KINDS[manifest.kind as keyof typeof KINDS];
      expect({ kind: manifest.kind, known: Model !== undefined }).toEqual({
        kind: manifest.kind,
        known: true,
      });
      const model = new Model(manifest as never);
      expect(() => model.validate()).not.toThrow();
    }
  });

  test('what is referred to is there', () => {
    const deployments = ofKind('Deployment').map(({ metadata }) => metadata.name);
    const services = ofKind('Service').map(({ metadata }) => metadata.name);
    for (const { spec } of ofKind('HorizontalPodAutoscaler')) {
      expect(deployments).toContain((spec.scaleTargetRef as { name: string }).name);
    }
    for (const { spec } of [...ofKind('Service'), ...ofKind('PodDisruptionBudget')]) {
      const selector = spec.selector as Record<string, unknown>;
      const labels = (selector.matchLabels ?? selector) as Record<string, string>;
      expect(deployments).toContain(labels['app.kubernetes.io/name'] ?? '');
    }
    const urls = ofKind('Deployment').flatMap((one) =>
      podOf(one).containers.flatMap(({ env = [] }) =>
        env.flatMap(({ value }) => value?.match(/^http:.*/) ?? []),
      ),
    );
    expect(urls).toHaveLength(4);
    for (const url of urls) expect(services).toContain(new URL(url).hostname);
  });

  test('every pod runs as nobody, on a file system it cannot write, with bounded memory', () => {
    for (const manifest of [...ofKind('Deployment'), ...ofKind('Job')]) {
      const pod = podOf(manifest);
      expect(pod.securityContext.runAsNonRoot).toBe(true);
      for (const container of pod.containers) {
        expect(container.securityContext).toMatchObject({
          allowPrivilegeEscalation: false,
          readOnlyRootFilesystem: true,
          capabilities: { drop: ['ALL'] },
        });
        expect(container.resources).toMatchObject({ requests: { cpu: expect.any(String) } });
        expect(container.resources.limits).toMatchObject({ memory: expect.any(String) });
        if (manifest.kind === 'Deployment') expect(container.readinessProbe).toBeDefined();
      }
    }
  });

  test('no ingress repeats a POST: it has no key of its own to set', () => {
    for (const { metadata } of ofKind('Ingress')) {
      expect(JSON.stringify(metadata)).not.toContain('non_idempotent');
    }
  });

  test('secrets come by reference, to each part its own', () => {
    const text = JSON.stringify(manifests);
    expect(text).not.toMatch(/:\/\/[^/"]*:[^/"]*@|PASSWORD|SECRET_KEY/);
    for (const manifest of ofKind('Deployment')) {
      const [container] = podOf(manifest).containers;
      const [part] = container?.args ?? [];
      const secrets = container?.envFrom?.map(({ secretRef }) => secretRef.name) ?? [];
      const keys = KEY_HOLDERS.includes(part ?? '') ? ['ecs-common'] : [];
      const own = part === 'ml-mock' ? [] : [...keys, `ecs-${part}`];
      expect(secrets.toSorted()).toEqual(own);
    }
  });
});

test('the manifests name the parts as compose.yaml does', () => {
  const [compose] = read<{ services: object }>(join(FOLDER, '..', '..', 'compose.yaml'));
  const services = Object.keys(compose?.services ?? {}).map((name) =>
    name.replace(/^(api-gateway-ecs)-\d$/, '$1'),
  );
  const deployments = build(join(FOLDER, 'base')).filter(({ kind }) => kind === 'Deployment');
  for (const { metadata } of deployments) expect(services).toContain(metadata.name);
});
