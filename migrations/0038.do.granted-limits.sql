-- A policy of before its terms were judged beyond the ranges of features could grant a limit of nothing or less, which made room for
-- the limits after it. Such an offer ends and such a limit is closed; whatever a policy says, no offer of one is made.
update credit_limits set status = 'expired', updated_at = now()
where status = 'offered' and not (credit_limit > 0 and interest_rate >= 0);
update credit_limits set status = 'closed', closed_at = now(), updated_at = now(), closed_reason = 'closed_by_operator'
where status in ('accepted', 'active') and credit_limit <= 0;

alter table credit_limits add constraint credit_limits_offered_check
  check (status <> 'offered' or (credit_limit > 0 and interest_rate >= 0));
