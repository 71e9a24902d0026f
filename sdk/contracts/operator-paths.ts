/** Made by `npm run documents`: the path of each endpoint, with `{name}` for a parameter. */
export const OPERATOR_PATHS = {
  logInOperator: '/v1/operators/login',
  getOperatorSignIn: '/v1/operators/sign-in',
  getOperator: '/v1/operators/me',
} as const;
