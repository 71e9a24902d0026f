// expect: exit 0; iterations 2
export const options = { scenarios: { s: { executor: 'per-vu-iterations', vus: 2 } } };
export default function () {}
