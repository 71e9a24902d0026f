// expect: exit 0; checks 1/0
import { check } from 'k6';
import { open, SeekMode } from 'k6/experimental/fs';
const file = await open('../data/a.txt');
export default async function () { const bytes = new Uint8Array(3); await file.read(bytes); await file.seek(0, SeekMode.Start); check((await file.stat()).size, { size: (n) => n === 6 && bytes[0] === 104 }); }
