// expect: exit 104
export const options = { summaryTimeUnit: 'h' };
export default function () {}
