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
  /** Statuses that are no failure; null when failures are not to be counted. */
  expected: StatusRange[] | null;
  cookies: Cookie[];
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
}

export interface ResponseData {
  url: string;
  status: number;
  status_text: string;
  proto: string;
  headers: Record<string, string>;
  body: string | ArrayBuffer | null;
  timings: Timings;
  error: string;
  error_code: number;
  request: { method: string; url: string; headers: Record<string, string[]>; body: string };
  /** Every cookie that was set on the way, redirects included. */
  cookies: Cookie[];
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
    headers: {},
    body: null,
    timings,
    error: error.message,
    error_code: error.code,
    request,
    cookies: [],
  };
}

const NO_TIMINGS: Timings = {
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
  maxRedirects: number;
  throw: boolean;
  batch: number;
  batchPerHost: number;
  discardResponseBodies: boolean;
  insecureSkipTLSVerify: boolean;
  noConnectionReuse: boolean;
  noCookiesReset: boolean;
  blockHostnames: string[];
  /** Requests a second of the whole test; 0 for no limit. */
  rps: number;
}
