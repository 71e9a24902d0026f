/** Made by `npm run documents`: the path of each endpoint, with `{name}` for a parameter. */
export const OPERATOR_PATHS = {
  logInOperator: '/v1/operators/login',
  getOperatorSignIn: '/v1/operators/sign-in',
  getOperator: '/v1/operators/me',
  listPolicies: '/v1/operators/policies',
  getPolicy: '/v1/operators/policies/{version}',
  addPolicy: '/v1/operators/policy-drafts',
  recordPolicyTest: '/v1/operators/policies/{version}/test',
  proposePolicy: '/v1/operators/policies/{version}/propose',
  approvePolicy: '/v1/operators/policies/{version}/approve',
  activatePolicy: '/v1/operators/policies/{version}/activate',
  rollBackPolicies: '/v1/operators/policy-rollbacks',
  listDeadLetters: '/v1/operators/dead-letters',
  getDeadLetter: '/v1/operators/dead-letters/{dead_letter_id}',
  replayDeadLetters: '/v1/operators/dead-letter-replays',
  dropDeadLetters: '/v1/operators/dead-letter-drops',
  listDroppedDeadLetters: '/v1/operators/dropped-dead-letters',
} as const;
