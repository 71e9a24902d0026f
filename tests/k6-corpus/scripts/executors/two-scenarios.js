// expect: exit 0; iterations 5
export const options = { scenarios: {
  a: { executor: 'per-vu-iterations', vus: 2, iterations: 1, exec: 'first' },
  b: { executor: 'shared-iterations', vus: 1, iterations: 3, exec: 'second' } },
  thresholds: { 'iterations{scenario:a}': ['count==2'], 'iterations{scenario:b}': ['count==3'] } };
export function first() {}
export function second() {}
