import { describe, expect, test } from 'bun:test';
import { join } from 'node:path';
import { build, podOf, readYaml } from './kustomize.ts';

/** Reports of load runs and drills: written by an operator, and only read by back-office. */
const ROOT = join(import.meta.dir, '..', '..');

interface ComposeFile {
  services: Record<string, { environment?: Record<string, string>; volumes?: string[]; user?: string }>;
  volumes: Record<string, object>;
}

describe('the folder of reports', () => {
  test('of compose is a volume that back-office reads and the container of operators writes', async () => {
    const [compose] = readYaml<ComposeFile>(join(ROOT, 'compose.yaml'));
    const { 'back-office-service': reader, operator: writer } = compose?.services ?? {};
    expect(reader?.environment?.REPORTS_DIR).toBe('/reports');
    expect(reader?.volumes).toEqual(['reports:/reports:ro']);
    expect(writer?.volumes).toEqual(['reports:/reports']);
    expect(compose?.volumes).toHaveProperty('reports');
    const mounting = Object.entries(compose?.services ?? {}).filter(([, { volumes = [] }]) =>
      volumes.some((volume) => volume.startsWith('reports:')),
    );
    expect(mounting.map(([name]) => name).toSorted()).toEqual(['back-office-service', 'operator']);
    // A new volume has the owner of the image's folder; the image's user is not root.
    const dockerfile = await Bun.file(join(ROOT, 'Dockerfile')).text();
    expect(dockerfile).toMatch(/mkdir \/reports && chown 1000:1000 \/reports[^]*USER 1000:1000/);
  });

  test.each(['base', 'overlays/small', 'overlays/large', 'overlays/tls'])(
    'of deploy/kubernetes/%s is a ConfigMap that may be missing, mounted to be read',
    (folder) => {
      const manifests = build(join(ROOT, 'deploy', 'kubernetes', folder));
      const pods = manifests.filter(({ kind }) => kind === 'Deployment');
      const [deployment, ...more] = pods.filter((manifest) =>
        podOf(manifest).volumes?.some(({ name }) => name === 'reports'),
      );
      expect([deployment?.metadata.name, more]).toEqual(['back-office-service', []]);
      if (!deployment) return;
      const { volumes, containers } = podOf(deployment);
      expect(volumes).toContainEqual({
        name: 'reports',
        configMap: { name: 'ecs-reports', optional: true },
      });
      const [service] = containers;
      expect(service?.env).toContainEqual({ name: 'REPORTS_DIR', value: '/reports' });
      expect(service?.volumeMounts).toContainEqual({
        name: 'reports',
        mountPath: '/reports',
        readOnly: true,
      });
    },
  );
});
