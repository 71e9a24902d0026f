import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ensurePrograms } from '../../deploy/local/engines/install.ts';
import { temporaryFolder } from './engines.ts';

/** Throw-away certificates: files in PEM, and the authority that signed them. */
export interface Certificates {
  caFile: string;
  certFile: string;
  keyFile: string;
}

const KEY = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-sha256'];
const DAYS = 2;

/** A new authority, with a certificate of it for `names`, like `DNS:localhost,IP:127.0.0.1`. */
export function makeCertificates(names: string): Certificates {
  return makeAuthority().sign(names);
}

/** A new authority that signs certificates for names; those of `days` below 0 have expired. */
export function makeAuthority(): { sign(names: string, days?: number): Certificates } {
  const folder = temporaryFolder();
  const path = (name: string) => join(folder, name);
  const ca = ['-keyout', path('ca.key'), '-out', path('ca.pem')];
  const subject = `/CN=authority ${crypto.randomUUID()}`;
  openssl('req', '-x509', ...KEY, '-subj', subject, '-days', String(DAYS), ...ca);
  let count = 0;
  return {
    sign(names, days = DAYS) {
      count += 1;
      const file = (kind: string) => path(`${count}.${kind}`);
      openssl('req', ...KEY, '-subj', '/CN=server', '-keyout', file('key'), '-out', file('csr'));
      writeFileSync(file('cnf'), `subjectAltName=${names}\n`);
      const signing = ['-CA', path('ca.pem'), '-CAkey', path('ca.key'), '-CAcreateserial'];
      const output = ['-days', String(days), '-extfile', file('cnf'), '-out', file('pem')];
      openssl('x509', '-req', '-in', file('csr'), ...signing, ...output);
      return { caFile: path('ca.pem'), certFile: file('pem'), keyFile: file('key') };
    },
  };
}

function openssl(...args: string[]): void {
  const program = ensurePrograms(['openssl']).openssl ?? '';
  const { exitCode, stderr } = Bun.spawnSync([program, ...args], { stderr: 'pipe' });
  if (exitCode !== 0) throw new Error(`openssl ${args[0]}: ${stderr.toString()}`);
}
