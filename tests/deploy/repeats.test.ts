import { describe, expect, test } from 'bun:test';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { SINGLE_EVENTS } from '../../apps/gateway/forward.ts';
import { EVENT_STAMP_HEADER, readStamp } from '../../platform/http/event-stamp.ts';
import type { Endpoint } from '../../sdk/contracts/endpoint.ts';
import { ENDPOINTS } from '../../sdk/contracts/endpoints.ts';
import { readYaml } from './kustomize.ts';

/**
 * The proxies in front of the gateways repeat no POST that could act twice: one without a key or a stamp is
 * passed on only while nothing of it was sent; its client alone gives it a key, and nginx one event a stamp.
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
  test('repeats a POST only in the location of those that have a key or a stamp', () => {
    const rules = [...nginx.matchAll(/proxy_next_upstream ([^;]*);/g)].map(([, conditions]) => conditions);
    expect(rules).toEqual(['error timeout', 'error timeout non_idempotent']);
    expect(blockOf('location @keyed')).toContain('non_idempotent');
  });

  test('sends a request there only when it is a POST with the key of its client or a stamp', () => {
    const keyed = blockOf('map "$request_method:$http_idempotency_key$ecs_event_stamp" $ecs_keyed');
    expect(keyed.match(/\S+ \d;/g)).toEqual(['"~^POST:." 1;', 'default 0;']);
    expect(blockOf('location /')).toMatch(/if \(\$ecs_keyed\) \{\s*return 418;/);
    expect(nginx.match(/.*@keyed.*/g)?.map((line) => line.trim())).toEqual([
      'location @keyed {',
      'error_page 418 = @keyed;',
    ]);
  });

  test('stamps single events without a key, and nothing else', () => {
    const rules = blockOf('map "$request_method:$http_idempotency_key:$uri" $ecs_event_stamp');
    const [, rule = ''] = /"~(\S+)" "\$ecs_new_uuid@\$msec";/.exec(rules) ?? [];
    expect(rules.match(/;/g)).toHaveLength(1);
    const isStamped = (text: string) => new RegExp(rule).test(text);
    const stamped = Object.values(ENDPOINTS).filter(({ method, path }) => isStamped(`${method}::${path}`));
    expect(new Set<Endpoint>(stamped)).toEqual(new Set(SINGLE_EVENTS));
    for (const { path } of SINGLE_EVENTS) {
      expect([`POST:key:${path}`, `POST::${path}:/v1/other`, `GET::${path}`].filter(isStamped)).toEqual([]);
    }
    expect(nginx).toMatch(/proxy_set_header X-Ecs-Event-Stamp \$ecs_event_stamp;/);
    const nowMs = 1_796_009_592_411;
    const uuid = crypto.randomUUID();
    const headers = new Headers({ [EVENT_STAMP_HEADER]: `${uuid}@1796009592.411` });
    expect(readStamp({ headers }, nowMs)).toEqual({ id: uuid, stampedAtMs: nowMs, atMs: nowMs });
  });

  test('sets no key itself: each would cost ingestion a round trip to Redis', () => {
    expect(nginx).not.toMatch(/proxy_set_header\s+Idempotency-Key/i);
  });
});

test('a DELETE is sent again by every proxy: each of these has the response of the first then', () => {
  const names = Object.entries(ENDPOINTS).flatMap(([name, { method }]) =>
    method === 'DELETE' ? [name] : [],
  );
  // Their tests send each twice: tests/e2e/privacy.test.ts, partners.test.ts, endpoint-store.test.ts.
  expect(names.toSorted()).toEqual(['eraseCustomer', 'removeOwnWebhook', 'removePartner', 'removeWebhook']);
});

test('the ingress of Kubernetes repeats no POST that was sent, and sets no key', () => {
  const [ingress] = readYaml<{ metadata: { annotations: Record<string, string> } }>(
    join(DEPLOY, 'kubernetes/overlays/large/ingress.yaml'),
  );
  const annotations = ingress?.metadata.annotations ?? {};
  expect(annotations['nginx.ingress.kubernetes.io/proxy-next-upstream']).toBe('error timeout');
  expect(JSON.stringify(annotations)).not.toMatch(/non_idempotent|idempotency-key/i);
});
