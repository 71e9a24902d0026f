// expect: exit 0; iterations 2
export const options = { iterations: 2, minIterationDuration: '300ms' };
export default function () {}
