import type { EcsError } from './errors.ts';
import type { ExtraHeaders } from './headers.ts';
import type { PrivateKey } from './sign-assertion.ts';

export interface EcsClientOptions {
  /** Where the gateway is, e.g. `http://localhost:9999`. A path in it is kept. */
  baseUrl: string;
  /** A customer's access token, from `auth.login`. */
  token?: string | undefined;
  /**
   * Called before every attempt: for tokens that are renewed. Wins over `token`. When the API rejected a
   * token, it is called once more with it as `rejected`.
   */
  tokenProvider?: ((context: TokenContext) => string | Promise<string>) | undefined;
  /**
   * A partner's own credentials, by which the client fetches and renews its tokens: a client id with a secret
   * or a private key. Never in a browser.
   */
  clientId?: string | undefined;
  clientSecret?: string | undefined;
  /** A private key as JWK, in place of a secret. */
  privateKey?: PrivateKey | undefined;
  /** The scopes of its tokens, with spaces between them. Default: all of the partner. */
  scope?: string | undefined;
  /** The platform's own key: it may send events for every user. Never in a browser. */
  internalKey?: string | undefined;
  /** One attempt, until its whole response has arrived. Default 10,000. */
  timeoutMs?: number | undefined;
  /** One call with all its attempts and pauses. Default 30,000. */
  deadlineMs?: number | undefined;
  /** Attempts after the first. Default 3. */
  maxRetries?: number | undefined;
  /** The pause before the first retry, doubled for each one after it, jittered. Default 200. */
  backoffMs?: number | undefined;
  /**
   * A longer response is an error, in bytes after compression is undone. Default 33,554,432 (32 MiB); streams
   * have none.
   */
  responseBytesMax?: number | undefined;
  /** Sent with every request, for a proxy or for tracing. */
  headers?: ExtraHeaders | undefined;
  /** Default: the global `fetch`. */
  fetch?: ((url: string, init: RequestInit) => Promise<Response>) | undefined;
  /** Default: `console`. */
  logger?: EcsLogger | undefined;
  /** Default: `ECS_LOG` of the environment, else `warn`. */
  logLevel?: LogLevel | undefined;
  onRequest?: ((event: RequestEvent) => void) | undefined;
  onResponse?: ((event: ResponseEvent) => void) | undefined;
  onRetry?: ((event: RetryEvent) => void) | undefined;
}

/** `info` has each attempt and retry, `debug` headers as well. */
export type LogLevel = 'off' | 'error' | 'warn' | 'info' | 'debug';

/** `console`, or a logger with the same four methods, as pino and winston have. */
export interface EcsLogger {
  error(message: string, facts?: unknown): void;
  warn(message: string, facts?: unknown): void;
  info(message: string, facts?: unknown): void;
  debug(message: string, facts?: unknown): void;
}

export interface TokenContext {
  /** The token that the API has just rejected: a cached one that equals it is no longer good. */
  rejected?: string | undefined;
}

/** The argument of the hooks; never a header or a body, which hold secrets and personal data. */
export interface RequestEvent {
  method: string;
  url: string;
  requestId: string;
  /** From 1. */
  attempt: number;
}
export interface ResponseEvent extends RequestEvent {
  status: number;
  durationMs: number;
}
export interface RetryEvent extends RequestEvent {
  error: EcsError;
  delayMs: number;
}

/** For every call. */
export interface CallOptions {
  /** Ends the call: it rejects with the signal's reason. */
  signal?: AbortSignal | undefined;
  /** One attempt. Default: the client's. */
  timeoutMs?: number | undefined;
  /** The call with all its attempts and pauses. Default: the client's. */
  deadlineMs?: number | undefined;
  /** Attempts after the first. Default: the client's. */
  maxRetries?: number | undefined;
  /** Sent beside the client's; null takes one of them away. */
  headers?: ExtraHeaders | undefined;
}

/** For every POST. */
export interface WriteOptions extends CallOptions {
  /** 1 to 255 visible ASCII characters. The client makes one when it is absent. */
  idempotencyKey?: string | undefined;
}

/** For `withOptions`: those of a client, and those of its calls. */
export type ClientOverrides = Partial<EcsClientOptions> & Pick<WriteOptions, 'signal' | 'idempotencyKey'>;
