import { describe, expect, test } from 'bun:test';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { Deployment } from 'kubernetes-models/apps/v1';
import { HorizontalPodAutoscaler } from 'kubernetes-models/autoscaling/v2';
import { Job } from 'kubernetes-models/batch/v1';
import { Ingress, NetworkPolicy } from 'kubernetes-models/networking.k8s.io/v1';
import { PodDisruptionBudget } from 'kubernetes-models/policy/v1';
import { Namespace, Service } from 'kubernetes-models/v1';
import { build, hasLabels, podOf, readYaml } from './kustomize.ts';

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

const overlays = ['base', ...readdirSync(join(FOLDER, 'overlays')).map((name) => join('overlays', name))];

describe.each(overlays)('%s', (name) => {
  const manifests = build(join(FOLDER, name));
  const ofKind = (kind: string) => manifests.filter((manifest) => manifest.kind === kind);

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

  test('every reference has its object', () => {
    const deployments = ofKind('Deployment').map(({ metadata }) => metadata.name);
    const services = ofKind('Service').map(({ metadata }) => metadata.name);
    for (const { spec } of ofKind('HorizontalPodAutoscaler')) {
      expect(deployments).toContain((spec.scaleTargetRef as { name: string }).name);
    }
    for (const { spec } of [...ofKind('Service'), ...ofKind('PodDisruptionBudget')]) {
      const selector = spec.selector as Record<string, unknown>;
      const labels = (selector.matchLabels ?? selector) as Record<string, string>;
      // A selector of more than one deployment is a label that each of them has.
      const pods = ofKind('Deployment').filter((manifest) => hasLabels(manifest, labels));
      const isOne = 'app.kubernetes.io/name' in labels;
      expect(pods).toHaveLength(isOne ? 1 : deployments.length);
    }
    const urls = ofKind('Deployment').flatMap((manifest) =>
      podOf(manifest).containers.flatMap(({ env = [] }) =>
        env.flatMap(({ value }) => value?.match(/^https?:.*/) ?? []),
      ),
    );
    expect(urls).toHaveLength(9);
    const scheme = name === join('overlays', 'tls') ? 'https:' : 'http:';
    const protocols = urls
      .filter((url) => !url.startsWith('http://processes:'))
      .map((url) => new URL(url).protocol);
    expect(new Set(protocols)).toEqual(new Set([scheme]));
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

  test('secrets come by reference, to each service its own', () => {
    expect(JSON.stringify(manifests)).not.toMatch(/:\/\/[^/"]*:[^/"]*@|PASSWORD/);
    for (const manifest of ofKind('Deployment')) {
      const [container] = podOf(manifest).containers;
      const [service] = container?.args ?? [];
      for (const { name, value, valueFrom } of container?.env ?? []) {
        const isKey = /SECRET|KEY$/.test(name);
        if (isKey || /^(DATABASE|NATS|REDIS)_.*URL$/.test(name)) expect(value).toBeUndefined();
        if (value !== undefined) continue;
        if (name.startsWith('OIDC_') || name === 'CONSOLE_URL') {
          expect(valueFrom?.configMapKeyRef).toEqual({ name: 'ecs-operators', key: name, optional: true });
          continue;
        }
        const secret = isKey ? 'ecs-common' : `ecs-${service}`;
        expect(valueFrom?.secretKeyRef).toMatchObject({ name: secret, key: name });
      }
      expect(container).not.toHaveProperty('envFrom');
    }
  });
});

test('the manifests name the services as compose.yaml does', () => {
  const [compose] = readYaml<{ services: object }>(join(FOLDER, '..', '..', 'compose.yaml'));
  const services = Object.keys(compose?.services ?? {}).map((name) =>
    name.replace(/^(api-gateway-ecs)-\d$/, '$1'),
  );
  const deployments = build(join(FOLDER, 'base')).filter(({ kind }) => kind === 'Deployment');
  for (const { metadata } of deployments) expect(services).toContain(metadata.name);
});

test.each([
  ['small', '1'],
  ['large', '3'],
])('every service of the overlay %s knows of as many stream partitions: %s', (overlay, expected) => {
  const settings = build(join(FOLDER, 'overlays', overlay))
    .filter(({ kind }) => kind === 'Deployment')
    .flatMap((manifest) => podOf(manifest).containers[0]?.env ?? [])
    .filter(({ name }) => name === 'STREAM_PARTITIONS');
  expect(settings).toHaveLength(10);
  expect(new Set(settings.map(({ value }) => value))).toEqual(new Set([expected]));
});

describe('overlays/tls', () => {
  const manifests = build(join(FOLDER, 'overlays', 'tls'));
  const deployments = manifests.filter(({ kind }) => kind === 'Deployment');

  test('demands TLS of every process, with a certificate of its own', () => {
    for (const manifest of [...deployments, ...manifests.filter(({ kind }) => kind === 'Job')]) {
      const { volumes = [], containers } = podOf(manifest);
      const secrets = volumes.flatMap(({ secret }) => secret?.secretName ?? []);
      expect(secrets).toEqual([`${manifest.metadata.name}-tls`]);
      expect(containers[0]?.env).toContainEqual({ name: 'TLS_REQUIRED', value: 'true' });
      expect(containers[0]?.volumeMounts).toContainEqual({ name: 'tls', mountPath: '/tls', readOnly: true });
    }
  });

  test('lets only the gateway and the console take clients without a certificate', () => {
    const open = deployments.filter((manifest) => {
      const names = podOf(manifest).containers[0]?.env?.map(({ name }) => name) ?? [];
      return !names.includes('TLS_CLIENT_CA_FILE');
    });
    const names = open.map(({ metadata }) => metadata.name).filter((name) => !/-worker$|-keeper$/.test(name));
    expect(names).toEqual(['api-gateway-ecs', 'operator-console']);
  });
});
