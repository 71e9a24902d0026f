// env: K6_ITERATIONS=3
// expect: exit 0; iterations 3
export default function () {}
