import { describe, expect, test } from 'bun:test';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readYaml } from './kustomize.ts';

/**
 * The proxies in front of the gateways repeat no POST that could act twice: one without a key is passed on only
 * while nothing of it was sent, and nobody but its client gives it a key.
 */
const DEPLOY = join(import.meta.dir, '..', '..', 'deploy');
const nginx = readFileSync(join(DEPLOY, 'nginx/nginx.conf'), 'utf8').replace(/^\s*#.*$/gm, '');

/** The body of a block, up to the brace that ends it at the same indentation. */
function blockOf(head: string): string {
  const [, indent = '', start = ''] =
    new RegExp(`^( *)(${head.replace(/[$.*]/g, '\\$&')} \\{)`, 'm').exec(nginx) ?? [];
  const from = nginx.indexOf(start);
  return nginx.slice(from, nginx.indexOf(`\n${indent}}`, from));
}

describe('nginx', () => {
  test('repeats a POST only in the location of those that have a key', () => {
    const rules = [...nginx.matchAll(/proxy_next_upstream ([^;]*);/g)].map(([, conditions]) => conditions);
    expect(rules).toEqual(['error timeout', 'error timeout non_idempotent']);
    expect(blockOf('location @keyed')).toContain('non_idempotent');
  });

  test('sends a request there only when it is a POST and its client gave the key', () => {
    const keyed = blockOf('map "$request_method:$http_idempotency_key" $ecs_keyed');
    expect(keyed.match(/\S+ \d;/g)).toEqual(['"~^POST:." 1;', 'default 0;']);
    expect(blockOf('location /')).toMatch(/if \(\$ecs_keyed\) \{\s*return 418;/);
    expect(nginx.match(/.*@keyed.*/g)?.map((line) => line.trim())).toEqual([
      'location @keyed {',
      'error_page 418 = @keyed;',
    ]);
  });

  test('sets no key itself: each would cost ingestion a round trip to Redis', () => {
    expect(nginx).not.toMatch(/proxy_set_header\s+Idempotency-Key/i);
  });
});

test('the ingress of Kubernetes repeats no POST that was sent, and sets no key', () => {
  const [ingress] = readYaml<{ metadata: { annotations: Record<string, string> } }>(
    join(DEPLOY, 'kubernetes/overlays/large/ingress.yaml'),
  );
  const annotations = ingress?.metadata.annotations ?? {};
  expect(annotations['nginx.ingress.kubernetes.io/proxy-next-upstream']).toBe('error timeout');
  expect(JSON.stringify(annotations)).not.toMatch(/non_idempotent|idempotency-key/i);
});
