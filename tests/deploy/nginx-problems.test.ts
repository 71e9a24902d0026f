import { expect, test } from 'bun:test';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Problem } from '../../sdk/contracts/problem.ts';
import { PROBLEMS, toProblem } from '../../sdk/contracts/problems.ts';

const nginx = readFileSync(join(import.meta.dir, '..', '..', 'deploy', 'nginx', 'nginx.conf'), 'utf8');

test('what nginx rejects itself is a problem of the catalogue, in the form of ours', () => {
  const rejections = [...nginx.matchAll(/return (\d{3}) '(\{.*\})';/g)];
  expect(rejections.length).toBeGreaterThan(4);
  for (const [, status, text = ''] of rejections) {
    const problem = JSON.parse(text) as Problem;
    expect(problem).toEqual(toProblem(problem));
    expect({ status: Number(status), codes: Object.keys(PROBLEMS) }).toEqual({
      status: problem.status,
      codes: expect.arrayContaining([problem.code]) as string[],
    });
    expect(PROBLEMS[problem.code as keyof typeof PROBLEMS].status).toBe(problem.status as never);
  }
});

test('the access log names a request as it came, also one whose problem is of nginx itself, and no query', () => {
  const [, format = ''] = /log_format json escape=json\n([^;]*);/.exec(nginx) ?? [];
  expect(format).toContain('"method":"$ecs_logged_method"');
  expect(format).toContain('"path":"$ecs_logged_path"');
  // Of these nginx makes others on the way to the problem's document, or they have the query.
  expect(format).not.toMatch(/\$(request_method|uri|document_uri|request|request_uri|args)\b/);
  const valueOf = (variable: string, text: string) => {
    const [, rule = ''] = new RegExp(`\\$${variable} \\{\\s*"~(\\S+|.* )"`).exec(nginx) ?? [];
    return new RegExp(rule).exec(text)?.[1];
  };
  expect(valueOf('ecs_logged_method', 'PATCH /v1/webhooks/1?ticket=t HTTP/1.1')).toBe('PATCH');
  expect(valueOf('ecs_logged_path', '/v1/webhooks/1?ticket=t')).toBe('/v1/webhooks/1');
});
