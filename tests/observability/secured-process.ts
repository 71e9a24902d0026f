import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import { startChild } from '../../deploy/local/processes/child.ts';
import { freePort } from '../../deploy/local/processes/ports.ts';
import { type Certificates, makeAuthority } from '../harness/certificates.ts';
import { eventually, temporaryFolder } from '../harness/engines.ts';

/** The mock of the model alone, with a certificate that can be renewed. */
export async function startSecuredProcess() {
  const folder = temporaryFolder();
  const authority = makeAuthority();
  const names = 'DNS:localhost,IP:127.0.0.1';
  const certificates = { long: authority.sign(names, 30), short: authority.sign(names, 3) };
  const place = ({ certFile, keyFile }: Certificates) => {
    copyFileSync(certFile, join(folder, 'cert.pem'));
    copyFileSync(keyFile, join(folder, 'key.pem'));
  };
  place(certificates.long);
  const opsPort = await freePort();
  const child = startChild({
    name: 'secured',
    command: [process.execPath, join(import.meta.dir, '..', '..', 'apps', 'main.ts'), 'ml-mock'],
    logFile: join(folder, 'secured.log'),
    env: {
      ...process.env,
      HOST: '127.0.0.1',
      PORT: String(await freePort()),
      OPS_PORT: String(opsPort),
      TLS_CERT_FILE: join(folder, 'cert.pem'),
      TLS_KEY_FILE: join(folder, 'key.pem'),
    },
  });
  await eventually('it runs', async () => (await fetch(`http://127.0.0.1:${opsPort}/livez`)).ok, 20_000);
  return {
    target: `127.0.0.1:${opsPort}`,
    /** Uses one that ends in 30 days, or in three. */
    useCertificate(name: keyof typeof certificates): void {
      place(certificates[name]);
      process.kill(child.pid, 'SIGHUP');
    },
    stop: () => child.stop('SIGKILL', 1000),
  };
}
