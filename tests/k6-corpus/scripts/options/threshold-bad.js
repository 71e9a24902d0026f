// expect: exit 104
export const options = { thresholds: { iterations: ['more than 1'] } };
export default function () {}
