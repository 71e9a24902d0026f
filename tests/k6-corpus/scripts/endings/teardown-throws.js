// expect: exit 107; iterations 1
export function teardown() { throw new Error('boom'); }
export default function () {}
