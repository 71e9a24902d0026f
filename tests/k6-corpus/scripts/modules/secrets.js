// args: --secret-source mock=key=hidden-value
// expect: exit 0; checks 1/0; log "***SECRET_REDACTED***"; no log "hidden-value"
import { check } from 'k6';
import secrets from 'k6/secrets';
export default async function () { const key = await secrets.get('key'); console.log(key); check(key, { value: (v) => v.length === 12 }); }
