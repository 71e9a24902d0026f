// expect: exit 104
export const options = { scenarios: { s: { executor: 'no-such-executor' } } };
export default function () {}
