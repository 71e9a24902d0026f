// expect: exit 0; checks 2/0
import { check } from 'k6';
export default async function () { const sum = await crypto.subtle.digest('SHA-256', new Uint8Array([1])); check(sum, { bytes: (b) => b.byteLength === 32, uuid: () => crypto.randomUUID().length === 36 }); }
