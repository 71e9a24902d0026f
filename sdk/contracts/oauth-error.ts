import type { Static } from '@sinclair/typebox';
import * as Type from '@sinclair/typebox';
import type { Problem } from './problem.ts';

/** The words of RFC 6749, 5.2, and two of 4.1.2.1 for faults that are not the client's. */
const OAUTH_ERRORS = [
  'invalid_request',
  'invalid_client',
  'invalid_scope',
  'unsupported_grant_type',
  'temporarily_unavailable',
  'server_error',
] as const;
type OauthErrorWord = (typeof OAUTH_ERRORS)[number];

/** An error of the token endpoint; `code` and `requestId` are those of problems. */
export const OauthError = Type.Object(
  {
    error: Type.Union(OAUTH_ERRORS.map((word) => Type.Literal(word))),
    error_description: Type.String(),
    code: Type.String(),
    requestId: Type.String(),
  },
  { additionalProperties: false },
);
export type OauthError = Static<typeof OauthError>;

const OWN_WORDS: readonly string[] = ['invalid_client', 'invalid_scope', 'unsupported_grant_type'];

export function oauthWordOf(code: string, status: number): OauthErrorWord {
  if (OWN_WORDS.includes(code)) return code as OauthErrorWord;
  if (status === 429 || status === 503) return 'temporarily_unavailable';
  return status >= 500 ? 'server_error' : 'invalid_request';
}

/** RFC 6749 has 400 for every request that cannot be understood. */
export const oauthStatusOf = (status: number): number => (status === 422 ? 400 : status);

/** Characters that RFC 6749 has no place for in a description. */
const NOT_DESCRIPTIVE = /[^\x20-\x21\x23-\x5b\x5d-\x7e]/g;

/** Returns a problem in the form of RFC 6749, 5.2. */
export function toOauthError({ code, status, detail, requestId, errors = [] }: Problem): OauthError {
  const faults = errors.map(({ path, message }) => `${path.replace('/body/', '')} ${message}`);
  return {
    error: oauthWordOf(code, status),
    error_description: [detail, ...faults].join(' ').replace(NOT_DESCRIPTIVE, "'"),
    code,
    requestId,
  };
}
