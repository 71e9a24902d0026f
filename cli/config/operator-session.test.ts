import { expect, test } from 'bun:test';
import { temporaryFolder } from '../../tests/harness/engines.ts';
import { resolveContext } from './context.ts';
import { findOperator, forgetOperatorLogins, openOperator, saveOperatorLogin } from './operator-session.ts';

const HERE = 'https://ecs.example.com';
const ELSEWHERE = 'https://elsewhere.example.com';
const login = (name: string, expiresAt = '2999-01-01T00:00:00Z') => ({
  name,
  token: `of-${name}`,
  expiresAt,
});

test('the token of an operator is for the system that gave it, and is forgotten there alone', () => {
  const dataDir = temporaryFolder();
  const [here, elsewhere] = [
    { url: HERE, dataDir },
    { url: ELSEWHERE, dataDir },
  ];
  saveOperatorLogin(resolveContext(here), login('ada'));
  expect(openOperator(here).context.url).toBe(HERE);
  expect(findOperator(elsewhere)).toBeNull();
  expect(() => openOperator(elsewhere)).toThrow('no operator is logged in');
  expect(() => openOperator({ ...elsewhere, operator: 'ada' })).toThrow('ada is not logged in');
  saveOperatorLogin(resolveContext(elsewhere), login('ada'));
  expect(forgetOperatorLogins(resolveContext(elsewhere))).toEqual(['ada']);
  expect(findOperator(elsewhere)).toBeNull();
  expect(findOperator(here)).not.toBeNull();
});

test('the last login is the default, and an expired one is refused', () => {
  const flags = { url: HERE, dataDir: temporaryFolder() };
  saveOperatorLogin(resolveContext(flags), login('grace'));
  saveOperatorLogin(resolveContext(flags), login('Ada', '2020-01-01T00:00:00Z'));
  expect(() => openOperator(flags)).toThrow('the login of the operator Ada has expired');
  expect(openOperator({ ...flags, operator: 'GRACE' })).toBeDefined();
  saveOperatorLogin(resolveContext(flags), login('ada'));
  expect(forgetOperatorLogins(resolveContext(flags))).toEqual(['ada', 'grace']);
});
