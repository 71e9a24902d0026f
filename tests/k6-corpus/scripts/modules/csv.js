// expect: exit 0; checks 2/0
import { check } from 'k6';
import { open } from 'k6/experimental/fs';
import csv from 'k6/experimental/csv';
const rows = await csv.parse(await open('../data/u.csv'), { asObjects: true });
export default function () { check(rows, { length: (r) => r.length === 2, field: (r) => r[1].name === 'bob' }); }
