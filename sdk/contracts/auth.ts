import { type Static, Type } from '@sinclair/typebox';
import { Closed, Timestamp, Uuid } from './common.ts';
import { UNSHOWN } from './text.ts';

/** No spaces, no second @, nothing that cannot be shown. */
const NAME = `[^\\s@${UNSHOWN}]`;
const LABEL = `[^\\s@${UNSHOWN}.]`;

export const Credentials = Closed(
  {
    email: Type.String({
      minLength: 3,
      maxLength: 254,
      pattern: `^${NAME}+@${LABEL}+(\\.${LABEL}+)+$`,
      description: 'an e-mail address',
    }),
    password: Type.String({ minLength: 8, maxLength: 128 }),
  },
  { examples: [{ email: 'ada@example.com', password: 'a long passphrase' }] },
);
export type Credentials = Static<typeof Credentials>;

/** A login takes any password: one that could not have been registered is just a wrong one. */
export const LoginRequest = Closed(
  {
    email: Type.String({
      minLength: 1,
      maxLength: 254,
      pattern: `^[^${UNSHOWN}]+$`,
      description: 'an e-mail address',
    }),
    password: Type.String({ minLength: 1, maxLength: 128 }),
  },
  { examples: [{ email: 'ada@example.com', password: 'a long passphrase' }] },
);
export type LoginRequest = Static<typeof LoginRequest>;

export const User = Closed({
  id: Uuid,
  email: Type.String(),
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
