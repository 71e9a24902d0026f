-- New blocks are in the index soon after they are full, not at the next vacuum alone.
drop index emotional_events_stored;
drop index transactions_stored;
create index emotional_events_stored on emotional_events
  using brin (created_at) with (pages_per_range = 32, autosummarize = on);
create index transactions_stored on transactions
  using brin (created_at) with (pages_per_range = 32, autosummarize = on);
