import { expect, test } from 'bun:test';
import { chart } from './html-chart.ts';
import { originOf } from './run-origin.ts';

test('the axes and the lines of a chart begin at no second and at nothing', () => {
  const svg = chart('Rate', 'per second', [0, 1, 2], [{ name: 'requests', color: 'red', values: [0, 5, 9] }]);
  expect(svg).toContain('>0 s</text>');
  expect(svg).toContain('class="axis end">0</text>');
  const [, first = ''] = /points="(\S+)/.exec(svg) ?? [];
  const zero = /y="([\d.]+)" class="axis end">0</.exec(svg)?.[1];
  expect(first).toBe(`62.0,${zero}`);
});

test('the origin of a run has its target and machine, and no secret', () => {
  const origin = originOf({ BASE_URL: 'https://u:hunter2@ecs.example.com/x?key=hunter2' }, undefined);
  expect(origin.target).toBe('https://ecs.example.com/x');
  expect(origin.version).toMatch(/^ecs \d+\.\d+\.\d+, Bun \d/);
  expect(origin.machine).toMatch(/^\d+ x .+ GiB/);
});
