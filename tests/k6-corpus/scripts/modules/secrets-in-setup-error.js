// args: --secret-source mock=tok=S3cr3tV4lue
// expect: exit 107; no log "S3cr3tV4lue"; log "SECRET_REDACTED"
import secrets from 'k6/secrets';
export async function setup() { throw new Error('cannot log in with ' + (await secrets.get('tok'))); }
export default function () {}
