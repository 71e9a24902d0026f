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
