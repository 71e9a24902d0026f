import { resolve } from 'node:path';
import { type TlsSettings, tlsSettings } from './tls.ts';
import { bracketed, fileContents, namedFile, oneWordOf, parseEngineUrl, readWords } from './url.ts';

/** The connection options of the NATS client that come from a URL. */
interface NatsAddress {
  servers: string[];
  user?: string;
  pass?: string;
  token?: string;
  /** The contents of a `.creds` file. */
  creds?: string;
  nkeySeed?: string;
  /** The client refuses a server without TLS before it sends anything, when this is there. */
  tls?: TlsSettings & { handshakeFirst?: boolean };
}

const WORDS = {
  creds_file: fileContents,
  nkey_seed_file: fileContents,
  tls_ca_file: namedFile,
  tls_cert_file: namedFile,
  tls_key_file: namedFile,
  tls_first: oneWordOf('true', 'false'),
} as const;

/** The same as query words, for platforms that mount secrets as files. */
const FILE_VARIABLES = {
  NATS_CREDS_FILE: 'creds_file',
  NATS_NKEY_SEED_FILE: 'nkey_seed_file',
  NATS_CA_FILE: 'tls_ca_file',
  NATS_CERT_FILE: 'tls_cert_file',
  NATS_KEY_FILE: 'tls_key_file',
} as const satisfies Record<string, keyof typeof WORDS>;

/**
 * `nats://user:password@host:4222`, `nats://token@host`, `tls://...` where TLS is a must; a cluster's
 * servers with commas between them. Throws a sentence for a wrong or unsupported part.
 */
export function readNatsUrl(text: string): NatsAddress {
  if (/^wss?:/i.test(text)) throw new Error('has ws:// or wss://, which is not supported: nats:// or tls://');
  const url = parseEngineUrl(text, { schemes: ['nats', 'tls'], defaultPort: 4222 });
  if (url.path !== '') throw new Error('has a path, which NATS has no use for');
  if (url.hosts.some(({ host }) => host.startsWith('/'))) throw new Error('has a socket instead of a host');
  const words = readWords(url.words, WORDS);
  const { tls_ca_file: ca, tls_cert_file: cert, tls_key_file: key, tls_first: first } = words;
  const isSecured = url.scheme === 'tls' || [ca, cert, key].some((file) => file !== undefined);
  if (first === 'true' && !isSecured) throw new Error('has tls_first without tls://');
  return {
    servers: url.hosts.map(({ host, port }) => `${bracketed(host)}:${port}`),
    ...credentialsOf(url, words),
    ...(isSecured
      ? {
          tls: Object.assign(tlsSettings('full', url.hosts, { ca, cert, key }), {
            handshakeFirst: first === 'true',
          }),
        }
      : {}),
  };
}

/**
 * Adds the files of NATS_CREDS_FILE, NATS_NKEY_SEED_FILE, NATS_CA_FILE, NATS_CERT_FILE and NATS_KEY_FILE to
 * the URL as query parameters, so that the URL is all that a connection needs.
 */
export function withNatsFiles(text: string, env: Record<string, string | undefined>): string {
  let url = text;
  for (const [variable, word] of Object.entries(FILE_VARIABLES)) {
    const file = env[variable]?.trim();
    if (!file) continue;
    const pair = `${word}=${encodeURIComponent(resolve(file))}`;
    if (url.split(/[?&]/).includes(pair)) continue;
    if (new RegExp(`[?&]${word}=`).test(url))
      throw new Error(`has ${word}, and ${variable} names another file`);
    url += `${url.includes('?') ? '&' : '?'}${pair}`;
  }
  return url;
}

function credentialsOf(
  { username, password }: { username: string | null; password: string | null },
  { creds_file, nkey_seed_file }: { creds_file?: string; nkey_seed_file?: string },
): Pick<NatsAddress, 'user' | 'pass' | 'token' | 'creds' | 'nkeySeed'> {
  const kinds = [username, creds_file, nkey_seed_file].filter((kind) => kind !== null && kind !== undefined);
  if (kinds.length > 1)
    throw new Error('names more than one of: a user or token, a creds file, an nkey seed file');
  if (creds_file !== undefined) {
    if (!/BEGIN NATS USER JWT[^]*BEGIN USER NKEY SEED/.test(creds_file))
      throw new Error('has creds_file, which names a file without a user JWT and its seed');
    return { creds: creds_file };
  }
  if (nkey_seed_file !== undefined) {
    if (!/^\s*SU[A-Z2-7]{56}\s*$/.test(nkey_seed_file))
      throw new Error("has nkey_seed_file, which names a file that does not hold a user's seed (SU...)");
    return { nkeySeed: nkey_seed_file.trim() };
  }
  if (username === null) return {};
  if (username === '') throw new Error('has a password without a user');
  // As every client of NATS reads it: a user part without a colon is a token.
  return password === null ? { token: username } : { user: username, pass: password };
}
