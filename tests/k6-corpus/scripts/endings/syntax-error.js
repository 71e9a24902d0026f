// expect: exit 107
export default function () {{
