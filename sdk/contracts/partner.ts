import type { Static } from '@sinclair/typebox';
import * as Type from '@sinclair/typebox';
import { defineEndpoints, form, response } from './endpoint.ts';
import { LINES } from './text.ts';

/** The `client_assertion_type` of RFC 7523. */
export const JWT_ASSERTION = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';

/** The id of a partner, its OAuth `client_id`. */
export const PARTNER_ID = '^ptn_[0-9a-z]{16,40}$';

const Text = (maxLength: number, description: string) =>
  Type.Optional(Type.String({ maxLength, pattern: LINES, description }));

/** RFC 6749, 4.4: parameters that it does not know are ignored. */
export const TokenRequest = Type.Object(
  {
    grant_type: Type.String({ maxLength: 100, pattern: LINES, description: '`client_credentials`' }),
    scope: Text(500, 'scopes with spaces between them; without it all scopes of the partner'),
    client_id: Text(100, 'the partner; not beside HTTP Basic'),
    client_secret: Text(200, 'its secret; not beside HTTP Basic'),
    client_assertion_type: Text(100, `\`${JWT_ASSERTION}\`, beside a client_assertion`),
    client_assertion: Text(8000, 'a JWT signed with a private key of the partner (RFC 7523)'),
  },
  { examples: [{ grant_type: 'client_credentials', scope: 'emotions:write' }] },
);
export type TokenRequest = Static<typeof TokenRequest>;

export const PartnerToken = Type.Object(
  {
    access_token: Type.String(),
    token_type: Type.Literal('bearer'),
    expires_in: Type.Integer({ minimum: 1, description: 'seconds' }),
    scope: Type.String({ description: 'the scopes of the token, with spaces between them' }),
  },
  { additionalProperties: false },
);
export type PartnerToken = Static<typeof PartnerToken>;

export const PARTNER_TOKEN_ENDPOINTS = defineEndpoints({
  createPartnerToken: {
    method: 'POST',
    path: '/v1/oauth/token',
    summary: "Exchange a partner's credentials for an access token (OAuth 2.0 client credentials)",
    tag: 'auth',
    auth: 'none',
    errors: 'oauth',
    service: 'credit',
    priority: 'normal',
    body: form(TokenRequest),
    response: response(200, PartnerToken, 'A bearer token for 15 minutes', {
      access_token: 'eyJ0eXAiOiJhdCtqd3QifQ.e30.c2ln',
      token_type: 'bearer',
      expires_in: 900,
      scope: 'emotions:write transactions:write',
    }),
    problems: ['invalid_client', 'unsupported_grant_type', 'invalid_scope', 'too_many_attempts'],
  },
});
