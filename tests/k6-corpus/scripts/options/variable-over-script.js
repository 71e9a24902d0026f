// env: K6_ITERATIONS=3
// expect: exit 0; iterations 3
export const options = { iterations: 9 };
export default function () {}
