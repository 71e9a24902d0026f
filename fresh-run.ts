import { createTestDatabase } from './tests/harness/engines.ts';
const a = await createTestDatabase(); 
import { $ } from 'bun';
// base database: drop new things by migrating base tree
const { migrate } = await import('/tmp/h/base16/platform/data/migrate.ts');
import postgres from 'postgres';
const admin = postgres(a, { max: 1 });
await admin`create database basedb`;
const b = new URL(a); b.pathname = '/basedb';
await migrate(b.href);
const rounds = Number(process.argv[2] ?? 5);
for (let i = 0; i < rounds; i++) {
  for (const [tree, url] of [['/tmp/h/base16', b.href], ['/tmp/h/lead', a]]) {
    const p = Bun.spawnSync([process.execPath, '/tmp/h/ex.ts', tree!, url!, '800']);
    console.log(tree, p.stdout.toString().trim(), p.stderr.toString().slice(0, 300));
  }
}
process.exit(0);
