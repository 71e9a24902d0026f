// expect: exit 104
export const options = { vus: 1.5, iterations: 2 };
export default function () {}
