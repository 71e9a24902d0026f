import { checkServerIdentity, type PeerCertificate, rootCertificates } from 'node:tls';

/** The TLS options of a connection, the same for every engine's client. */
export interface TlsSettings {
  /** What is checked of the other side's certificate; the drivers do not read it. */
  verify: 'full' | 'ca' | 'none';
  rejectUnauthorized: boolean;
  ca?: string;
  cert?: string;
  key?: string;
  passphrase?: string;
  checkServerIdentity?: (name: string, certificate: PeerCertificate) => Error | undefined;
}

/**
 * `full`: a certificate of a trusted authority for one of the hosts of the URL; `ca`: of a trusted authority;
 * `none`: any. The drivers do not pass on an address as a name to check, so the hosts are checked here.
 */
export function tlsSettings(
  verify: TlsSettings['verify'],
  hosts: readonly { host: string }[],
  files: { ca?: string | undefined; cert?: string | undefined; key?: string | undefined },
): TlsSettings {
  if ((files.cert === undefined) !== (files.key === undefined))
    throw new Error('names a client certificate without its key, or a key without its certificate');
  return {
    verify,
    rejectUnauthorized: verify !== 'none',
    ...(files.ca === undefined ? {} : { ca: requireCertificate(files.ca) }),
    ...(files.cert === undefined ? {} : { cert: files.cert }),
    ...(files.key === undefined ? {} : { key: files.key }),
    checkServerIdentity: (_name, certificate) => {
      if (verify !== 'full') return undefined;
      const errors = hosts.map(({ host }) => checkServerIdentity(host, certificate));
      return errors.includes(undefined) ? undefined : errors[0];
    },
  };
}

export function requireCertificate(text: string): string {
  if (/-----BEGIN (TRUSTED )?CERTIFICATE-----/.test(text)) return text;
  throw new Error('names a file of certificate authorities that holds no PEM certificate');
}

/** Authorities that come with the runtime. */
export const systemAuthorities = (): string => rootCertificates.join('\n');
