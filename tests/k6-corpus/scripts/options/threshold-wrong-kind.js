// expect: exit 104
export const options = { thresholds: { iterations: ['p(95)<1'] } };
export default function () {}
