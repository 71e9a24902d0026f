import type { Static } from '@sinclair/typebox';
import * as Type from '@sinclair/typebox';
import { Closed, Timestamp } from './common.ts';
import { defineEndpoints, response } from './endpoint.ts';

/** The report of a load run or a drill, as `ecs load run` and `ecs drill run` keep it. */
export const RunReport = Closed({
  kind: Type.Union([Type.Literal('load'), Type.Literal('drill')]),
  name: Type.String({ minLength: 1, maxLength: 100, description: 'of the scenario, script or drill' }),
  finished_at: Timestamp,
  seconds: Type.Number({ minimum: 0 }),
  passed: Type.Boolean({ description: 'no threshold was crossed, no promise broken' }),
  faults: Type.Array(Type.String({ maxLength: 500 }), {
    maxItems: 100,
    description: 'thresholds that were crossed, or promises that did not hold',
  }),
  figures: Type.Array(
    Closed({
      name: Type.String({ minLength: 1, maxLength: 200 }),
      unit: Type.String({ maxLength: 40 }),
      value: Type.Number(),
    }),
    { maxItems: 500 },
  ),
});
export type RunReport = Static<typeof RunReport>;

export const KeptReport = Closed({
  file: Type.String({ description: 'in the folder of reports' }),
  ...RunReport.properties,
});
export type KeptReport = Static<typeof KeptReport>;

export const KeptReports = Closed({
  is_kept: Type.Boolean({ description: 'false where REPORTS_DIR of back-office is not set' }),
  items: Type.Array(KeptReport, { description: 'the newest 200, newest first' }),
  unreadable: Type.Array(Type.String(), { description: 'files that are no reports' }),
});
export type KeptReports = Static<typeof KeptReports>;

export const OPERATOR_REPORT_ENDPOINTS = defineEndpoints({
  listReports: {
    method: 'GET',
    path: '/v1/operators/reports',
    summary: 'Reports of load runs and drills, from a folder',
    tag: 'operators',
    auth: 'operator',
    roles: ['viewer'],
    service: 'back-office',
    priority: 'normal',
    response: response(200, KeptReports, 'The reports', {
      is_kept: true,
      items: [
        {
          file: '2026-11-23T09-32-10-000Z-load-mixed-day.json',
          kind: 'load',
          name: 'mixed-day',
          finished_at: '2026-11-23T09:32:10.000Z',
          seconds: 60,
          passed: true,
          faults: [],
          figures: [{ name: 'http_req_duration p(95)', unit: 'ms', value: 12.4 }],
        },
      ],
      unreadable: [],
    }),
    problems: [],
  },
});
