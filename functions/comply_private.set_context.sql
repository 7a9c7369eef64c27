-- Lasts until this transaction ends, so a pooled connection carries nothing over to its next user. SET LOCAL
-- by EXECUTE, because a distributed database passes that on to its workers, and set_config() it does not.
--
-- Outside a transaction block the context ends with the statement, which nobody wants. PostgreSQL lets that be
-- known only for one statement sent by itself under the simple protocol: now() is then the statement's own
-- time. Several statements in one string share a transaction and look the same, so a text with a semicolon
-- inside stays unjudged.
create or replace function comply_private.set_context(tenant_id text, actor text, correlation_id uuid)
returns void
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
begin
  if to_regclass('comply.erasures') is not null then
    if exists (
      select
      from comply.erasures as e
      where e.tenant_id = set_context.tenant_id
        and e.scope = 'tenant'
        and e.state in ('shredded', 'done')
    ) then
      perform comply_private.refuse(
        'PC333', format('tenant %s was erased', quote_literal(set_context.tenant_id)),
        'Nobody enters it any more: comply.erasures says why.');
    end if;
  end if;

  execute format('set local comply.tenant_id = %L', set_context.tenant_id);
  execute format('set local comply.actor = %L', coalesce(set_context.actor, ''));
  execute format('set local comply.correlation_id = %L', coalesce(set_context.correlation_id::text, ''));

  if now() = statement_timestamp()
     and current_query() ~* '\menter(_signed)?\M'
     and rtrim(current_query(), E'; \t\r\n') !~ ';'
  then
    raise warning 'the context of tenant % ends with this statement', set_context.tenant_id
      using hint = 'Say BEGIN first: a context lasts until its transaction ends.';
  end if;
end;
$$;

comment on function comply_private.set_context(text, text, uuid) is
  'Set the context of this transaction. Warns where it is known to end at once. Raises PC333.';

revoke execute on function comply_private.set_context(text, text, uuid) from public;
