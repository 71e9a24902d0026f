// args: --iterations 4 --vus 2
// expect: exit 0; iterations 4
export const options = { scenarios: { s: { executor: 'per-vu-iterations', vus: 1, iterations: 1 } } };
export default function () {}
