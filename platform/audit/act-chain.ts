import type { Chain } from './link-rows.ts';

/** The chain of acts. Every column of an act is in its hash, so a link needs no seal. */
export const ACT_CHAIN: Chain = {
  name: 'acts',
  head: (sql) => sql`select position, link from audit_chain order by position desc limit 1`,
  waiting: (sql, countMax) => sql`
    select id, record_hash, null::text as seal, created_at
    from audit_unlinked join audit_log on id = act_id
    order by created_at, id limit ${countMax}`,
  insert: (sql, links) => sql`
    insert into audit_chain (position, act_id, record_hash, link)
    select position, id, record_hash, link from (${links}) as made (position, id, record_hash, link, seal)
    returning act_id as id`,
  dequeue: (sql) => sql`
    delete from audit_unlinked where act_id in (select id from linked) returning act_id as id`,
  count: (sql) => sql`select count(*)::int as count from audit_unlinked`,
};
