import type { Jar } from '../http/cookies.ts';
import { cookieHeader } from '../http/cookies.ts';
import { parseDuration } from '../options/duration.ts';
import { createSlipCheck } from './slips.ts';
import { readTags, textValues } from './text-values.ts';
import { EXIT } from '../protocol/endings.ts';
import type { SocketSpec } from '../protocol/sockets.ts';
import type { UserState } from './user-state.ts';

export interface SocketParams {
  headers?: Record<string, unknown>;
  tags?: Record<string, unknown>;
  jar?: Jar | null;
  compression?: string;
  /** Of a stream of events. */
  method?: string;
  body?: string;
  timeout?: string | number;
}

const TIMEOUT_MS = 60_000;

const slipInParams = createSlipCheck(
  'the parameters of a connection',
  'headers tags jar compression method body timeout'.split(' '),
);

/** Returns the connection that a script asks for, with the cookies of its user. */
export function toSocketSpec(
  state: UserState,
  target: Pick<SocketSpec, 'kind' | 'url'> & { protocols?: string[] },
  params: SocketParams,
): SocketSpec {
  if (state.phase === 'init') throw new Error('opening connections in the init context is not supported');
  const compression = `the compression "${params.compression}" of connections is not offered`;
  const reason = params.compression ? compression : slipInParams(params);
  if (reason !== undefined) state.host.leave({ kind: 'aborted', reason, exitCode: EXIT.config });
  const headers = textValues(params.headers);
  const hasHeader = (name: string) => Object.keys(headers).some((header) => header.toLowerCase() === name);
  if (!hasHeader('user-agent')) headers['User-Agent'] = state.setup.options?.http.userAgent ?? 'ecs-load';
  const cookies = cookieHeader((params.jar ?? state.jar).for(target.url.replace(/^ws/i, 'http')));
  if (cookies && !hasHeader('cookie')) headers.Cookie = cookies;
  return {
    ...target,
    protocols: target.protocols ?? [],
    method: (params.method ?? 'GET').toUpperCase(),
    headers,
    body: params.body ?? null,
    timeoutMs: params.timeout === undefined ? TIMEOUT_MS : parseDuration(params.timeout, 'timeout'),
    tags: { ...state.tags, ...readTags(params.tags) },
  };
}
