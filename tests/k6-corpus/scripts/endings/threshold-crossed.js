// expect: exit 99
export const options = { thresholds: { iterations: ['count>5'] } };
export default function () {}
