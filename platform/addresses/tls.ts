import {
  checkServerIdentity,
  createSecureContext,
  type PeerCertificate,
  rootCertificates,
  type SecureContextOptions,
} from 'node:tls';
import { renewed } from './renewed.ts';
import type { ReadFile } from './url.ts';

/**
 * The TLS options of a connection, the same for every engine's client. The clients read certificates and key
 * from it for each connection, and get those that the files have then: no copy of it has them.
 */
export interface TlsSettings {
  /** The checks of the other side's certificate; the drivers do not read it. */
  verify: 'full' | 'ca' | 'none';
  rejectUnauthorized: boolean;
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
  passphrase?: string;
  checkServerIdentity?: (name: string, certificate: PeerCertificate) => Error | undefined;
}

/** Files of a URL: each returns the contents of this moment, and is undefined where there is none. */
type TlsFiles = Partial<Record<(typeof TLS_FILES)[number], ReadFile | undefined>>;

const TLS_FILES = ['ca', 'cert', 'key'] as const;

/**
 * `full`: a certificate of a trusted authority for one of the hosts of the URL; `ca`: of a trusted authority;
 * `none`: any. The drivers do not pass on an address as a name to check, so the hosts are checked here.
 */
export function tlsSettings(
  verify: TlsSettings['verify'],
  hosts: readonly { host: string }[],
  { passphrase, ...files }: TlsFiles & { passphrase?: string | undefined },
): TlsSettings {
  if ((files.cert === undefined) !== (files.key === undefined))
    throw new Error('names a client certificate without its key, or a key without its certificate');
  const settings: TlsSettings = {
    verify,
    rejectUnauthorized: verify !== 'none',
    ...(passphrase === undefined ? {} : { passphrase }),
    checkServerIdentity: (_name, certificate) => {
      if (verify !== 'full') return undefined;
      const errors = hosts.map(({ host }) => checkServerIdentity(host, certificate));
      return errors.includes(undefined) ? undefined : errors[0];
    },
  };
  const readTogether = oncePerTurn(renewed(tlsFilesReader(files, passphrase)));
  for (const name of TLS_FILES.filter((file) => files[file] !== undefined))
    Object.defineProperty(settings, name, { enumerable: true, get: () => readTogether()[name] });
  return settings;
}

/** Returns a function that reads the files, and throws unless a connection can be begun with them. */
function tlsFilesReader({ ca, cert, key }: TlsFiles, passphrase: string | undefined) {
  let checked = '';
  return () => {
    const contents = {
      ...(ca && { ca: requireCertificate(ca()) }),
      ...(cert && key && { cert: requireCertificate(cert()), key: requireKey(key()) }),
    };
    const text = JSON.stringify(contents);
    if (text !== checked)
      requireContext({ ...contents, ...(passphrase === undefined ? {} : { passphrase }) });
    checked = text;
    return contents;
  };
}

/** Throws before a driver does: outside of any promise, where an error would end the process. */
function requireContext(options: SecureContextOptions): void {
  try {
    createSecureContext(options);
  } catch {
    // The cause would quote the file.
    throw new Error('names files of TLS that cannot be read, or a key of another certificate');
  }
}

/** Has all calls of a turn of the event loop return the same reading: a certificate and its own key. */
function oncePerTurn<T>(read: () => T): () => T {
  let ofThisTurn: { value: T } | null = null;
  return () => {
    if (!ofThisTurn) queueMicrotask(() => (ofThisTurn = null));
    ofThisTurn ??= { value: read() };
    return ofThisTurn.value;
  };
}

export function requireCertificate(text: string): string {
  if (/-----BEGIN (TRUSTED )?CERTIFICATE-----/.test(text)) return text;
  throw new Error('names a file of certificate authorities that holds no PEM certificate');
}

function requireKey(text: string): string {
  if (/-----BEGIN [A-Z ]*PRIVATE KEY-----/.test(text)) return text;
  throw new Error('names a file of a key that holds none in PEM');
}

/** Authorities that come with the runtime. */
export const systemAuthorities = (): string => rootCertificates.join('\n');
