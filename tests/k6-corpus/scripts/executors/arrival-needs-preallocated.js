// expect: exit 104
export const options = { scenarios: { s: { executor: 'constant-arrival-rate', rate: 1, duration: '1s' } } };
export default function () {}
