import { beforeAll, describe, expect, test } from 'bun:test';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import postgres from 'postgres';
import { startEngine, temporaryFolder } from '../harness/engines.ts';
import { makeSecrets, passwordIn, setRoles } from './secured-engines.ts';

// needs: postgresql

/** deploy/postgres/roles.sh on a database that has its roles: a rotation of passwords, or a version with a new service. */
describe('the script of the roles, run again', () => {
  let url: string;
  const former = makeSecrets(temporaryFolder());
  const latter = { ...former, CREDIT_PASSWORD: 'snew' };
  const ask = async <T>(connection: string, statement: string): Promise<T[]> => {
    const sql = postgres(connection, { max: 1, onnotice: () => {} });
    try {
      return await sql.unsafe<(T & object)[]>(statement);
    } finally {
      await sql.end();
    }
  };
  const signIn = (role: string, secrets: Record<string, string>) => {
    const target = new URL(url);
    target.username = role;
    target.password = passwordIn(secrets, role);
    return ask(target.href, 'select 1');
  };
  const settings = () => ask(url, 'select rolname, rolconfig from pg_roles order by rolname');

  beforeAll(async () => {
    ({ url } = await startEngine('postgresql'));
    await ask(url, `alter system set log_statement = 'all'`);
    await ask(url, 'alter system set log_min_duration_statement = 0');
    await ask(url, 'select pg_reload_conf()');
    setRoles(url, former);
  });

  test('gives a role the password of the environment, and leaves the others theirs', async () => {
    const before = await settings();
    setRoles(url, latter);
    await signIn('ecs_credit', latter);
    await expect(signIn('ecs_credit', former)).rejects.toMatchObject({ code: '28P01' });
    await signIn('ecs_webhooks', former);
    expect(await settings()).toEqual(before);
  });

  test('makes a role that is missing', async () => {
    await ask(url, 'drop role ecs_privacy');
    setRoles(url, former);
    await signIn('ecs_privacy', former);
  });

  test('leaves no password in the log of a server that logs every statement', async () => {
    const [row] = await ask<{ data_directory: string }>(url, 'show data_directory');
    const logs = join(row?.data_directory ?? '', '..', 'logs');
    const text = readdirSync(logs)
      .map((name) => readFileSync(join(logs, name), 'utf8'))
      .join('\n');
    expect(text).toContain('drop role ecs_privacy');
    for (const secret of Object.values(latter)) expect(text.includes(`'${secret}'`)).toBe(false);
  });
});
