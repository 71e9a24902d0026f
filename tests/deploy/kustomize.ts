import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Returns what kustomize makes of a folder, as far as ours go: resources, and strategic merges by target. */
export function build(folder: string): Manifest[] {
  const [kustomization] = readYaml<Kustomization>(join(folder, 'kustomization.yaml'));
  const { resources = [], patches = [] } = kustomization ?? {};
  let manifests = resources.flatMap((path) =>
    path.endsWith('.yaml') ? readYaml<Manifest>(join(folder, path)) : build(join(folder, path)),
  );
  for (const { path, target } of patches) {
    const [patch] = readYaml<Manifest>(join(folder, path));
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

export interface Manifest {
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

export interface Variable {
  name: string;
  value?: string;
  valueFrom?: { secretKeyRef: { name: string; key: string; optional?: boolean } };
}

export interface PodSpec {
  securityContext: { runAsNonRoot: boolean };
  containers: {
    name: string;
    args?: string[];
    env?: Variable[];
    securityContext: object;
    readinessProbe?: object;
    resources: { requests: object; limits: object };
  }[];
}
export const podOf = ({ spec }: Manifest) => (spec.template as { spec: PodSpec }).spec;

export function readYaml<T>(path: string): T[] {
  return [Bun.YAML.parse(readFileSync(path, 'utf8'))].flat().filter((document) => document !== null) as T[];
}
