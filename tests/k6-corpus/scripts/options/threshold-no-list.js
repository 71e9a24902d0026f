// expect: exit 104
export const options = { thresholds: { checks: 'rate>0' } };
export default function () {}
