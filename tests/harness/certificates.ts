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

/** A new authority, with a certificate of it for `names`, like `DNS:localhost,IP:127.0.0.1`. */
export function makeCertificates(names: string): Certificates {
  const folder = temporaryFolder();
  const openssl = ensurePrograms(['openssl']).openssl ?? '';
  const path = (name: string) => join(folder, name);
  const run = (...args: string[]) => {
    const { exitCode, stderr } = Bun.spawnSync([openssl, ...args], { stderr: 'pipe' });
    if (exitCode !== 0) throw new Error(`openssl ${args[0]}: ${stderr.toString()}`);
  };
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-sha256'];
  const ca = ['-keyout', path('ca.key'), '-out', path('ca.pem')];
  run('req', '-x509', ...key, '-subj', `/CN=authority ${crypto.randomUUID()}`, '-days', '2', ...ca);
  run('req', ...key, '-subj', '/CN=server', '-keyout', path('server.key'), '-out', path('server.csr'));
  writeFileSync(path('names.cnf'), `subjectAltName=${names}\n`);
  const signing = ['-CA', path('ca.pem'), '-CAkey', path('ca.key'), '-CAcreateserial', '-days', '2'];
  const output = ['-extfile', path('names.cnf'), '-out', path('server.pem')];
  run('x509', '-req', '-in', path('server.csr'), ...signing, ...output);
  return { caFile: path('ca.pem'), certFile: path('server.pem'), keyFile: path('server.key') };
}
