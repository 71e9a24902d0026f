-- What a customer states in a review is for those who decide it, by `credit`: the back office lists and counts reviews.
delete from service_grants where role = 'ecs_back_office' and relation = 'reviews';
do $$
begin
  if exists (select from pg_roles where rolname = 'ecs_back_office') then
    revoke select on reviews from ecs_back_office;
  end if;
end $$;
insert into service_grants values
  ('ecs_back_office', 'select (id, user_id, analysis_id, state, requested_at, decided_at, override_id)', 'reviews');
select grant_to_parts();
