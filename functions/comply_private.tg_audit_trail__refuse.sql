-- As comply_private.tg__refuse(), but for images that an erasure removes. Whoever fires it cannot see permits, so it
-- has the owner's rights. Guards the trail from before there are erasures, and after they are reverted.
create or replace function comply_private.tg_audit_trail__refuse()
returns trigger
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
  if tg_op = 'UPDATE' and to_regclass('comply_private.redaction_permits') is not null then
    if comply_private.may_redact() then
      return null;
    end if;
  end if;

  perform comply_private.refuse(
    'PC002', format('%s on %s is refused', lower(tg_op), tg_argv[0]), tg_argv[1], tg_argv[0]);
  return null;
end;
$$;

comment on function comply_private.tg_audit_trail__refuse() is
  'Trigger (table, hint): refuse the statement that fired it, unless it is an update under the permit of an erasure. '
  'Raises PC002.';

revoke execute on function comply_private.tg_audit_trail__refuse() from public;
