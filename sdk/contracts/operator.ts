import type { Static } from '@sinclair/typebox';
import * as Type from '@sinclair/typebox';
import { AccessToken } from './auth.ts';
import { Closed, Timestamp } from './common.ts';
import { defineEndpoints, json, response } from './endpoint.ts';
import { OPERATOR_ROLES } from './operator-roles.ts';
import { LINE } from './text.ts';

/** An account's name. It has no `@`: a name from OpenID Connect, `subject@issuer`, always has one. */
export const OPERATOR_NAME = '^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$';

/** A login takes any password: one that no account could have is just a wrong one. */
export const OperatorLogin = Closed(
  {
    name: Type.String({ minLength: 1, maxLength: 63, pattern: LINE, description: 'a name' }),
    password: Type.String({ minLength: 1, maxLength: 128 }),
  },
  { examples: [{ name: 'ada', password: 'a long passphrase' }] },
);
export type OperatorLogin = Static<typeof OperatorLogin>;

export const OperatorRole = Type.Union(OPERATOR_ROLES.map((role) => Type.Literal(role)));
export type OperatorRole = Static<typeof OperatorRole>;

export const Operator = Closed({
  name: Type.String({ description: "of an account, or `subject@issuer` of OpenID Connect's operators" }),
  roles: Type.Array(OperatorRole),
  token_expires_at: Timestamp,
});
export type Operator = Static<typeof Operator>;

export const OperatorSignIn = Closed({
  issuer: Type.Union([Type.String(), Type.Null()], {
    description: "of OpenID Connect's tokens that are operators' beside those of accounts; null without one",
  }),
  audience: Type.Union([Type.String(), Type.Null()], { description: 'that its tokens must name' }),
  client_id: Type.Union([Type.String(), Type.Null()], {
    description: 'of a public client for the device flow; null without one',
  }),
  scope: Type.String(),
});
export type OperatorSignIn = Static<typeof OperatorSignIn>;

export const OPERATOR_ENDPOINTS = defineEndpoints({
  logInOperator: {
    method: 'POST',
    path: '/v1/operators/login',
    summary: "Exchange an operator's name and password for an access token",
    tag: 'operators',
    auth: 'none',
    service: 'back-office',
    priority: 'normal',
    body: json(OperatorLogin),
    response: response(200, AccessToken, "A bearer token for the operators' endpoints", {
      access_token: 'eyJhbGciOiJIUzI1NiJ9.e30.c2ln',
      token_type: 'bearer',
      expires_in: 3600,
    }),
    problems: ['invalid_credentials', 'too_many_attempts'],
  },
  getOperatorSignIn: {
    method: 'GET',
    path: '/v1/operators/sign-in',
    summary: 'How operators sign in beside their accounts',
    tag: 'operators',
    auth: 'none',
    service: 'back-office',
    priority: 'normal',
    response: response(200, OperatorSignIn, 'The provider', {
      issuer: 'https://login.example.com/realms/ecs',
      audience: 'https://ecs.example.com/operators',
      client_id: 'ecs-cli',
      scope: 'openid',
    }),
    problems: [],
  },
  getOperator: {
    method: 'GET',
    path: '/v1/operators/me',
    summary: 'The operator of the token, with the roles of this moment',
    tag: 'operators',
    auth: 'operator',
    roles: ['viewer'],
    service: 'back-office',
    priority: 'normal',
    response: response(200, Operator, 'The operator', {
      name: 'ada',
      roles: ['operator', 'risk'],
      token_expires_at: '2026-11-23T10:29:00.000Z',
    }),
    problems: [],
  },
});
