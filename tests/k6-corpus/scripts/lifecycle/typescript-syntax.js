// A script that cannot be parsed.
// expect: exit 107
const a: number = 1;
export default function ( {
