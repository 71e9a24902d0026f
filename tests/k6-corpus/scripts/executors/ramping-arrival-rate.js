// The area under the line.
// expect: exit 0; iterations 10
export const options = { scenarios: { s: { executor: 'ramping-arrival-rate', startRate: 0, timeUnit: '1s', stages: [{ duration: '1s', target: 20 }], preAllocatedVUs: 5 } } };
export default function () {}
