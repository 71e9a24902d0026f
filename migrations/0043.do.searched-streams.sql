-- An erasure that was interrupted read every stream again from its beginning: under interruptions that came sooner than a reading took, none
-- ever ended. By stream: when it was created, and up to which message it was searched for the customer.
alter table erasures add column searched jsonb not null default '{}';
