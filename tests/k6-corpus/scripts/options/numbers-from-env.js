// args: -e USERS=2 -e COUNT=6
// expect: exit 0; iterations 6
export const options = { vus: __ENV.USERS, iterations: __ENV.COUNT };
export default function () {}
