// The rate times the duration.
// expect: exit 0; iterations 20
export const options = { scenarios: { s: { executor: 'constant-arrival-rate', rate: 20, timeUnit: '1s', duration: '1s', preAllocatedVUs: 3 } } };
export default function () {}
