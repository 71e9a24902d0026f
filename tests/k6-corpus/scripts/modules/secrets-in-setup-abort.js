// args: --secret-source mock=tok=S3cr3tV4lue
// expect: exit 108; no log "S3cr3tV4lue"; log "SECRET_REDACTED"
import exec from 'k6/execution';
import secrets from 'k6/secrets';
export async function setup() { exec.test.abort('cannot log in with ' + (await secrets.get('tok'))); }
export default function () {}
