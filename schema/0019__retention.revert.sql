-- Undoes 0019, but only before any hold was placed: a hold is evidence, and evidence is not reverted.
-- NO FORCE first: the owner then counts every row, whatever the policies say by now.

alter table comply.legal_holds no force row level security;
alter table comply.destruction_certificates no force row level security;

do $$
declare
  v_rows bigint;
begin
  select
    (select count(*) from comply.legal_holds)
    + (select count(*) from comply.destruction_certificates as d where d.verdict is not null)
  into v_rows;

  if v_rows > 0 then
    raise exception 'retention still has % row(s) of evidence', v_rows
      using errcode = 'PC105',
            hint    = 'Leave this version in place: holds and certificates are kept for as long as the database is.';
  end if;
end;
$$;

alter table comply.destruction_certificates force row level security;

alter table comply.destruction_certificates
  drop column item_id,
  drop column verdict,
  drop column rule,
  drop column rows_kept,
  drop column archive_ids,
  drop column key_ids,
  drop column planned_by,
  drop column approved_by,
  drop column hold_checked_at,
  drop column effective_at;

comment on column comply.destruction_certificates.content_hash is
  'What they were: of a sealed stream, the Merkle root over the roots of its blocks.';

drop table comply_private.retention_batches;
drop table comply.retention_slices;
drop table comply.retention_items;
drop table comply.retention_policies;
drop table comply.retention_bounds;
drop table comply.column_labels;
drop table comply.legal_holds;
drop table comply_private.retention_settings;
drop table comply_private.destruction_permits;
