// expect: exit 0; iterations 5
export const options = { scenarios: { s: { executor: 'constant-arrival-rate', rate: 300, timeUnit: '1m', duration: '1s', preAllocatedVUs: 2 } } };
export default function () {}
