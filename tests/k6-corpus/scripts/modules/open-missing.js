// expect: exit 107
open('./none.txt');
export default function () {}
