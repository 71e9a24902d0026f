/** HTTP as virtual users request it and the network side returns it: plain data that crosses threads. */
export interface RequestSpec {
  method: string;
  url: string;
  /** The metric tag `name`; the URL by default. */
  name: string;
  headers: Record<string, string>;
  body: string | Uint8Array | null;
  timeoutMs: number;
  redirects: number;
  responseType: 'text' | 'binary' | 'none';
  tags: Record<string, string>;
  /** `user:password` of a digest challenge. */
  digest?: string;
  /** Statuses that are no failure; null when failures are not to be counted. */
  expected: StatusRange[] | null;
  /** The jar's. */
  cookies: Cookie[];
  /** Those of the parameters; one that replaces keeps the jar's of its name out. */
  ownCookies: { name: string; value: string; replace: boolean }[];
}

export interface StatusRange {
  min: number;
  max: number;
}

export interface Cookie {
  name: string;
  value: string;
  domain: string;
  hostOnly: boolean;
  path: string;
  /** Unix ms; 0 for the end of the session. */
  expires: number;
  secure: boolean;
  httpOnly: boolean;
  /** As the server wrote them; empty and 0 when it did not. */
  sentPath: string;
  maxAge: number;
}

export interface ResponseData {
  url: string;
  status: number;
  status_text: string;
  proto: string;
  /** Empty when a name has several addresses: fetch does not say which it used. */
  remote_ip: string;
  remote_port: number;
  headers: Record<string, string>;
  body: string | ArrayBuffer | null;
  timings: Timings;
  error: string;
  error_code: number;
  request: { method: string; url: string; headers: Record<string, string[]>; body: string };
  cookies: Cookie[];
  /** Those that redirects on the way have set. */
  earlierCookies: Cookie[];
}

export interface Timings {
  blocked: number;
  looking_up: number;
  connecting: number;
  tls_handshaking: number;
  sending: number;
  waiting: number;
  receiving: number;
  duration: number;
}

/** Returns the response to a request that brought none. */
export function failedResponse(
  request: ResponseData['request'],
  error: { code: number; message: string },
  timings: Timings = { ...NO_TIMINGS },
): ResponseData {
  return {
    url: request.url,
    status: 0,
    status_text: '',
    proto: '',
    remote_ip: '',
    remote_port: 0,
    headers: {},
    body: null,
    timings,
    error: error.message,
    error_code: error.code,
    request,
    cookies: [],
    earlierCookies: [],
  };
}

export const NO_TIMINGS: Timings = {
  blocked: 0,
  looking_up: 0,
  connecting: 0,
  tls_handshaking: 0,
  sending: 0,
  waiting: 0,
  receiving: 0,
  duration: 0,
};

/** The options that hold for every request of the test. */
export interface HttpOptions {
  userAgent: string;
  /** Null when it is the default's 10, of which the end is warned. */
  maxRedirects: number | null;
  throw: boolean;
  batch: number;
  batchPerHost: number;
  discardResponseBodies: boolean;
  noConnectionReuse: boolean;
  /** No connection outlives an iteration. */
  noVUConnectionReuse: boolean;
  noCookiesReset: boolean;
  /** Patterns in lower case, a star at the front of some. */
  blockHostnames: string[];
  /** Ranges as 10.0.0.0/8. */
  blacklistIPs: string[];
  /** Addresses in the place of DNS, by patterns of `name` or `name:port`. */
  hosts: { pattern: string; address: string; port: string }[];
  /** Null when names are resolved as the system does. */
  dns: DnsOptions | null;
  tls: TlsOptions;
  debug: 'off' | 'headers' | 'full';
  /** Requests a second of the whole test; 0 for no limit. */
  rps: number;
  /** Whether samples have the tag `ip`, the address that the request went to. */
  hasIpTag: boolean;
}

export interface DnsOptions {
  ttlMs: number;
  select: 'first' | 'random' | 'roundRobin';
  policy: 'preferIPv4' | 'preferIPv6' | 'onlyIPv4' | 'onlyIPv6' | 'any';
}

export interface TlsOptions {
  certificates: ClientCertificate[];
  rejectUnauthorized?: false;
  minVersion?: number;
  maxVersion?: number;
  ciphers?: string;
}

export interface ClientCertificate {
  cert: string;
  key: string;
  passphrase?: string;
  /** The hosts to which it is shown; all when there are none. */
  patterns: string[];
}
