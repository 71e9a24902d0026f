// expect: exit 104
export const options = { executionSegment: '1:0' };
export default function () {}
