import { createPrivateKey, X509Certificate } from 'node:crypto';
import { isThisMachine, readHost } from './host.ts';
import { isTlsRequired } from './protection.ts';
import { requireCertificate } from './tls.ts';
import { fileContents } from './url.ts';

type Environment = Record<string, string | undefined>;

/** TLS between services (docs/operations/secrets-and-tls.md): each is the path of a file in PEM, or null. */
export const TLS_VARIABLES = {
  /** The certificate of the process, with those between it and its authority, and its key. */
  TLS_CERT_FILE: certificateFile,
  TLS_KEY_FILE: keyFile,
  /** Authorities of the services that the process calls. */
  TLS_CA_FILE: certificateFile,
  /** Authorities of the clients that the process serves; no others are. */
  TLS_CLIENT_CA_FILE: clientAuthorityFile,
  /** Refuses every address that would be reached without TLS, or without verifying the server. */
  TLS_REQUIRED: isRequired,
};

/** Of a process that serves others: it has a certificate where TLS is a must. */
export const LISTENER_VARIABLES = { TLS_CERT_FILE: listenerCertificateFile };

/** Throws where a key is not that of a certificate, or cannot be read; never shows it. */
export function requirePair(certificate: string, key: string): X509Certificate {
  const parsed = attempt(() => new X509Certificate(certificate), 'needs a certificate that can be read');
  const privateKey = attempt(() => createPrivateKey(key), 'names a file without a key in PEM, or locked');
  if (!parsed.checkPrivateKey(privateKey)) throw new Error('names a key of another certificate');
  return parsed;
}

function certificateFile(path: string | undefined): string | null {
  if (path === undefined) return null;
  requireCertificate(fileContents(path));
  return path;
}

function listenerCertificateFile(path: string | undefined, env: Environment = {}): string | null {
  const isReachable = !isThisMachine(readHost(env.HOST?.trim() || '127.0.0.1'));
  if (path === undefined && isReachable && isTlsRequired(env))
    throw new Error('is missing; TLS_REQUIRED=true demands it of a process that serves others');
  return certificateFile(path);
}

function keyFile(path: string | undefined, env: Environment = {}): string | null {
  const certificate = env.TLS_CERT_FILE?.trim() || undefined;
  if (path === undefined && certificate === undefined) return null;
  if (path === undefined) throw new Error('is missing; TLS_CERT_FILE needs the key of its certificate');
  if (certificate === undefined) throw new Error('needs TLS_CERT_FILE, the certificate of the key');
  requirePair(fileContents(certificate), fileContents(path));
  return path;
}

function clientAuthorityFile(path: string | undefined, env: Environment = {}): string | null {
  if (path !== undefined && !env.TLS_CERT_FILE?.trim())
    throw new Error('needs TLS_CERT_FILE: clients are asked by TLS alone');
  return certificateFile(path);
}

function isRequired(text = 'false'): boolean {
  if (text === 'true' || text === 'false') return text === 'true';
  throw new Error('must be one of true, false');
}

/** The causes of these errors would quote the file. */
function attempt<T>(work: () => T, problem: string): T {
  try {
    return work();
  } catch {
    throw new Error(problem);
  }
}
