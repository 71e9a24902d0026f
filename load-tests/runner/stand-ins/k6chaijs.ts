import * as chai from 'chai';
import { Assertion, AssertionError, config, util } from 'chai';
import { check, group } from 'k6';

// Assertions as scripts import them under the name `k6chaijs`: chai, whose assertions count as checks.

/** Runs a group whose first failed assertion ends it. Returns whether all held. */
export function describe(name: string, work: () => unknown): boolean {
  return group(name, () => {
    try {
      work();
      return true;
    } catch (error) {
      if (!(error instanceof AssertionError)) {
        check(null, { [`Exception raised "${String(error).replaceAll('::', ': ')}"`]: () => false });
      }
      return false;
    }
  });
}

type AssertArguments = [
  expression: unknown,
  message: string | (() => string),
  negated: string,
  ...rest: unknown[],
];

const original = Assertion.prototype.assert;
Assertion.prototype.assert = function assertAndCheck(this: Assertion, ...args: unknown[]) {
  const isOk = util.test(this, args);
  check(null, { [titleOf(this, args as AssertArguments)]: () => isOk });
  if (!isOk) original.apply(this, args);
};

/** The message of the script stands in the place of the value. */
function titleOf(assertion: Assertion, args: AssertArguments): string {
  const label = util.flag(assertion, 'message');
  const [expression, message, negated, ...rest] = args;
  const withLabel = (text: unknown) =>
    typeof text === 'string' && typeof label === 'string' ? text.replace('#{this}', label) : text;
  const named = [expression, withLabel(message), withLabel(negated), ...rest];
  const title = util.getMessage(assertion, named);
  const prefix = typeof label === 'string' ? `${label}: ` : '';
  return (title.startsWith(prefix) ? title.slice(prefix.length) : title).replaceAll('::', ': ');
}

util.addMethod(Assertion.prototype, 'validJsonBody', function validJsonBody(this: Assertion) {
  const response = util.flag(this, 'object') as { json(): unknown };
  let isJson = true;
  try {
    response.json();
  } catch {
    isJson = false;
  }
  this.assert(isJson, 'has valid json body', 'has no valid json body');
});

export const { expect, assert } = chai;
Object.assign(config, { aggregateChecks: true, logFailures: () => false });
export { chai };
export default { chai, describe, expect };
