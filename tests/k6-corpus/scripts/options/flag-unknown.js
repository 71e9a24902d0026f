// args: --no-such-flag
// expect: exit 104
export default function () {}
