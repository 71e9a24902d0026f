// A field that an executor does not have is an error.
// expect: exit 104
export const options = { scenarios: { s: { executor: 'shared-iterations', vuss: 1 } } };
export default function () {}
