// "the number of iterations shouldn't be less than the number of VUs"
// expect: exit 104
export const options = { scenarios: { s: { executor: 'shared-iterations', vus: 5, iterations: 2 } } };
export default function () {}
