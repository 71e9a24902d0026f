// expect: exit 0; checks 1/0
import { check } from 'k6';
export function setup() {}
export default function (data) { check(data, { none: (d) => d === undefined }); }
