// args: -u 2 -i 4
// expect: exit 0; iterations 4
export default function () {}
