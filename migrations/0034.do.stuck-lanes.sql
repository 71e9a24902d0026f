-- A delivery that came while its lane was being claimed could be taken for none, and waited for the next event of its customer:
-- whatever waits so is due.
update webhook_lanes as lane set next_at = now()
where next_at is null and exists (
  select from webhook_deliveries as delivery
  where delivery.endpoint_id = lane.endpoint_id and delivery.user_id = lane.user_id and delivery.state = 'pending');
