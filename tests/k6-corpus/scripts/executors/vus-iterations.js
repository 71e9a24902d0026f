// expect: exit 0; iterations 7
export const options = { vus: 3, iterations: 7 };
export default function () {}
