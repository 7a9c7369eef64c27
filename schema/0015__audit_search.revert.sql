-- Undoes 0015. What the column says can be told from the images again.

drop index comply.audit_trail_correlation_id_timestamp_idx;
create index audit_trail_correlation_id_idx on comply.audit_trail (correlation_id)
  where correlation_id is not null;
drop index comply.audit_trail_change_timestamp_idx;
drop index comply.audit_trail_actor_timestamp_idx;
drop index comply.audit_trail_timestamp_idx;
alter table comply.audit_trail drop column change;
drop type comply.audit_entry;
