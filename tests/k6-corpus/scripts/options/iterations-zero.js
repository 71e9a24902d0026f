// expect: exit 104
export const options = { iterations: 0 };
export default function () {}
