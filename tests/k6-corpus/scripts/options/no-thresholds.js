// args: --no-thresholds
// expect: exit 0
export const options = { thresholds: { iterations: ['count>5'] } };
export default function () {}
