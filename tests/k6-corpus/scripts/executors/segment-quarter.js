// expect: exit 0; iterations 5
export const options = { executionSegment: '0:1/4', scenarios: { s: { executor: 'shared-iterations', vus: 4, iterations: 20 } } };
export default function () {}
