-- The list of decisions: each filter has an index in the order of the list, so that a page reads its rows and not the table.
-- The version before goes on working on this schema.

create index credit_analyses_by_policy on credit_analyses (policy_version, created_at desc, id desc);
create index credit_analyses_by_jurisdiction on credit_analyses (jurisdiction, created_at desc, id desc);
create index credit_analyses_by_effect on credit_analyses (emotion_effect, created_at desc, id desc);
-- Approvals have reasons only where exposure, sources or the highest sum have cut the limit.
create index credit_analyses_reduced on credit_analyses (created_at desc, id desc)
  where approved and jsonb_array_length(reasons) > 0;
-- A decision has up to four reasons, and each place of them its index: merged, they keep the order of the list.
create index credit_analyses_by_reason_1 on credit_analyses ((reasons -> 0 ->> 'code'), created_at desc, id desc)
  where reasons -> 0 ->> 'code' is not null;
create index credit_analyses_by_reason_2 on credit_analyses ((reasons -> 1 ->> 'code'), created_at desc, id desc)
  where reasons -> 1 ->> 'code' is not null;
create index credit_analyses_by_reason_3 on credit_analyses ((reasons -> 2 ->> 'code'), created_at desc, id desc)
  where reasons -> 2 ->> 'code' is not null;
create index credit_analyses_by_reason_4 on credit_analyses ((reasons -> 3 ->> 'code'), created_at desc, id desc)
  where reasons -> 3 ->> 'code' is not null;

insert into service_grants values
  ('ecs_back_office', 'select', 'reviews'),
  ('ecs_back_office', 'select', 'challenger_predictions');
select grant_to_parts();
