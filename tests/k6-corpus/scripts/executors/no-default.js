// There is nothing to run.
// expect: exit 104
export const options = { iterations: 1 };
