import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Returns the resources that kustomize builds from a folder, as far as ours go: resources, and strategic
 * merges by target.
 */
export function build(folder: string): Manifest[] {
  const [kustomization] = readYaml<Kustomization>(join(folder, 'kustomization.yaml'));
  const { resources = [], patches = [] } = kustomization ?? {};
  let manifests = resources.flatMap((path) =>
    path.endsWith('.yaml') ? readYaml<Manifest>(join(folder, path)) : build(join(folder, path)),
  );
  for (const { path, target } of patches) {
    const parsed = readYaml<Manifest>(join(folder, path));
    if (parsed.length === 0) throw new Error(`${path} is empty`);
    for (const patch of parsed) {
      const isMeant = ({ kind, metadata }: Manifest) =>
        kind === (target?.kind ?? patch.kind) &&
        (target
          ? new RegExp(`^(${target.name ?? '.*'})$`).test(metadata.name)
          : metadata.name === patch.metadata.name);
      if (!manifests.some(isMeant)) throw new Error(`${path} changes nothing`);
      if (patch.$patch === 'delete') manifests = manifests.filter((manifest) => !isMeant(manifest));
      else
        manifests = manifests.map((manifest) =>
          isMeant(manifest) ? { ...manifest, spec: merge(manifest.spec, patch.spec) } : manifest,
        );
    }
  }
  return manifests;
}

/** Merges objects by key and lists of named items by name; replaces other lists. */
function merge<T>(base: T, patch: unknown): T {
  if (Array.isArray(base) && Array.isArray(patch)) {
    const named = (list: unknown[]) =>
      list.every((item) => (item as { name?: string } | null)?.name !== undefined);
    if (!named(base) || !named(patch)) return patch as T;
    const byName = new Map(base.map((item) => [(item as { name: string }).name, item as unknown]));
    for (const item of patch as { name: string }[])
      byName.set(item.name, merge(byName.get(item.name) ?? {}, item));
    return [...byName.values()] as T;
  }
  if (typeof base !== 'object' || base === null || typeof patch !== 'object' || patch === null)
    return patch as T;
  const merged = { ...base } as Record<string, unknown>;
  for (const [key, value] of Object.entries(patch))
    merged[key] = key in merged ? merge(merged[key], value) : value;
  return merged as T;
}

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

interface Variable {
  name: string;
  value?: string;
  valueFrom?: Record<
    'secretKeyRef' | 'configMapKeyRef',
    { name: string; key: string; optional?: boolean } | undefined
  >;
}

interface PodSpec {
  securityContext: { runAsNonRoot: boolean };
  volumes?: {
    name: string;
    secret?: { secretName: string };
    configMap?: { name: string; optional?: boolean };
  }[];
  containers: {
    name: string;
    args?: string[];
    env?: Variable[];
    volumeMounts?: object[];
    securityContext: object;
    readinessProbe?: object;
    resources: { requests: object; limits: object };
  }[];
}
export const podOf = ({ spec }: Manifest) => (spec.template as { spec: PodSpec }).spec;

export function hasLabels({ spec }: Manifest, labels: Record<string, string>): boolean {
  const { metadata } = spec.template as { metadata: { labels: Record<string, string> } };
  return Object.entries(labels).every(([name, value]) => metadata.labels[name] === value);
}

export function readYaml<T>(path: string): T[] {
  return [Bun.YAML.parse(readFileSync(path, 'utf8'))].flat().filter((document) => document !== null) as T[];
}
