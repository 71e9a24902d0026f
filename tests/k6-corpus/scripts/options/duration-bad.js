// expect: exit 104
export const options = { duration: 'soon' };
export default function () {}
