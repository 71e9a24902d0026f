// On Bun the bare name is a shim.
import { buildConnector } from 'undici/index.js';
import type { ClientTls } from './process-tls.ts';

type Connect = ReturnType<typeof buildConnector>;

/** Opens the connections of an undici pool, each with the certificates of the moment. */
export function createConnector(tlsOf: () => ClientTls, timeoutMs?: number): Connect {
  const build = (tls: ClientTls) => buildConnector({ ...tls, ...(timeoutMs ? { timeout: timeoutMs } : {}) });
  let tls = tlsOf();
  let connect = build(tls);
  return (options, callback) => {
    if (tlsOf() !== tls) {
      tls = tlsOf();
      connect = build(tls);
    }
    connect(options, callback);
  };
}

/** Returns the failure of a request to a URL: of TLS in the words of its settings, any other as it is. */
export function explainTls(error: unknown, url: string): unknown {
  if (!url.startsWith('https:')) return error;
  const code = String((error as { code?: unknown }).code);
  const reason = Object.entries(REASONS).find(([codes]) => new RegExp(`^(${codes})$`).test(code))?.[1];
  return reason === undefined ? error : Object.assign(new Error(`TLS: ${reason}`), { code });
}

const REASONS = {
  ERR_TLS_CERT_ALTNAME_INVALID: 'its certificate is of another name',
  'CERT_HAS_EXPIRED|CERT_NOT_YET_VALID': 'its certificate is not valid now',
  'SELF_SIGNED_CERT_IN_CHAIN|DEPTH_ZERO_SELF_SIGNED_CERT|UNABLE_TO_.*|CERT_SIGNATURE_FAILURE':
    'its certificate is of an authority that is not trusted',
  'ERR_SSL_WRONG_VERSION_NUMBER|ERR_SSL_PACKET_LENGTH_TOO_LONG': 'it speaks no TLS',
  EPROTO: 'no handshake: it speaks no TLS, or takes no client without another certificate',
  'UND_ERR_SOCKET|ECONNRESET':
    'it closed the connection: it stops, or takes no client without another certificate',
  'ERR_SSL_.*': 'no handshake',
};
