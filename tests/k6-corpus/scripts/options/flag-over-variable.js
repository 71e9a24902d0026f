// args: -i 2
// env: K6_ITERATIONS=3
// expect: exit 0; iterations 2
export default function () {}
