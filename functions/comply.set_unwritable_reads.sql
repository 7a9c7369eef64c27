-- Writes the settings, which callers cannot, so it has the owner's rights.
create or replace function comply.set_unwritable_reads(answer text)
returns void
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
  update comply_private.context_settings as s
  set unwritable_reads = set_unwritable_reads.answer;
end;
$$;

comment on function comply.set_unwritable_reads(text) is
  'Say what becomes of a verbose tenant''s read in a transaction that cannot write: log, or refuse. Idempotent.';

revoke execute on function comply.set_unwritable_reads(text) from public;
grant  execute on function comply.set_unwritable_reads(text) to comply_admin;
