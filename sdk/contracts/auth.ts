import type { Static } from '@sinclair/typebox';
import * as Type from '@sinclair/typebox';
import { Closed, EmailAddress, Timestamp, Uuid } from './common.ts';
import { Jurisdiction, Locale } from './jurisdiction.ts';
import { INVISIBLE, LINE, NONE_INVISIBLE, UNSHOWN } from './text.ts';
import { defineEndpoints, json, response } from './endpoint.ts';
import { EXAMPLE } from './examples.ts';

/**
 * No spaces, no second @, nothing that cannot be shown or shows nothing: two addresses that look alike would
 * be two accounts. Of ASCII, a name has the characters of RFC 5322 that need no quotes, and a domain letters,
 * digits and hyphens.
 */
const NAME = `[^\\s@${UNSHOWN}${INVISIBLE}"(),:;<>\\[\\\\\\]]`;
const LABEL = `[^\\s${UNSHOWN}${INVISIBLE}!-,./:-@\\[-\`{-~]`;

export const Email = Type.String({
  minLength: 3,
  maxLength: 254,
  pattern: `^${NONE_INVISIBLE}${NAME}+@${LABEL}+(\\.${LABEL}+)+$`,
  description: 'an e-mail address',
});

export const Credentials = Closed(
  {
    email: Email,
    password: Type.String({ minLength: 8, maxLength: 128 }),
  },
  { examples: [{ email: 'ada@example.com', password: 'a long passphrase' }] },
);
export type Credentials = Static<typeof Credentials>;

export const Registration = Closed(
  {
    ...Credentials.properties,
    jurisdiction: Type.Optional(Jurisdiction),
    locale: Type.Optional(Locale),
  },
  {
    examples: [
      { email: 'ada@example.com', password: 'a long passphrase', jurisdiction: 'BR', locale: 'pt-BR' },
    ],
  },
);
export type Registration = Static<typeof Registration>;

/** A login takes any password: one that could not have been registered is just a wrong one. */
export const LoginRequest = Closed(
  {
    email: Type.String({
      minLength: 1,
      maxLength: 254,
      pattern: LINE,
      description: 'an e-mail address',
    }),
    password: Type.String({ minLength: 1, maxLength: 128 }),
  },
  { examples: [{ email: 'ada@example.com', password: 'a long passphrase' }] },
);
export type LoginRequest = Static<typeof LoginRequest>;

export const User = Closed({
  id: Uuid,
  email: EmailAddress,
  jurisdiction: Type.Union([Jurisdiction, Type.Null()], { description: 'null when none was given' }),
  locale: Locale,
  created_at: Timestamp,
  updated_at: Timestamp,
});
export type User = Static<typeof User>;

export const AccessToken = Closed({
  access_token: Type.String(),
  token_type: Type.Literal('bearer'),
  expires_in: Type.Integer({ minimum: 1, description: 'seconds' }),
});
export type AccessToken = Static<typeof AccessToken>;

export const AUTH_ENDPOINTS = defineEndpoints({
  register: {
    method: 'POST',
    path: '/v1/auth/register',
    summary: 'Register a customer',
    tag: 'auth',
    auth: 'none',
    service: 'credit',
    priority: 'normal',
    body: json(Registration),
    response: response(200, User, 'The new user', {
      id: EXAMPLE.userId,
      email: 'ada@example.com',
      jurisdiction: 'BR',
      locale: 'pt-BR',
      created_at: '2026-11-23T09:29:00.000Z',
      updated_at: '2026-11-23T09:29:00.000Z',
    }),
    problems: ['email_taken', 'too_many_attempts', 'quota_exceeded'],
  },
  login: {
    method: 'POST',
    path: '/v1/auth/login',
    summary: 'Exchange e-mail and password for an access token',
    tag: 'auth',
    auth: 'none',
    service: 'credit',
    priority: 'normal',
    body: json(LoginRequest),
    response: response(200, AccessToken, 'A bearer token', {
      access_token: 'eyJhbGciOiJIUzI1NiJ9.e30.c2ln',
      token_type: 'bearer',
      expires_in: 3600,
    }),
    problems: ['invalid_credentials', 'too_many_attempts'],
  },
});
