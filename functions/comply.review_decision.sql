-- Writes what callers cannot, so it has the owner's rights, and names the tenant itself: nobody chooses who
-- decided. A login is no person, so an actor has to be there.
create or replace function comply.review_decision(record_id uuid, decision text, reason text)
returns uuid
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
set row_security = on
as $$
declare
  v_tenant text := comply.require_tenant();
  v_actor  text := comply.current_actor();
  v_id     uuid;
begin
  if v_actor is null
     or not exists (
       select
       from comply.storage_records as r
       where r.tenant_id = v_tenant
         and r.id = review_decision.record_id
     )
  then
    raise exception 'record % is not reviewed by %', review_decision.record_id, quote_nullable(v_actor)
      using errcode = 'PC616',
            hint    = 'Pass a record of the tenant in context, and name the person: comply.enter(tenant_id, actor).';
  end if;

  insert into comply.decision_reviews (tenant_id, record_id, decision, reason, reviewer)
  values (v_tenant, review_decision.record_id, review_decision.decision, review_decision.reason, v_actor)
  returning id
  into v_id;

  return v_id;
end;
$$;

comment on function comply.review_decision(uuid, text, text) is
  'Record that the actor of this transaction looked at what a detector decided: upheld, overturned or '
  'escalated, and why; return the id. Raises PC004, PC616.';

revoke execute on function comply.review_decision(uuid, text, text) from public;
grant  execute on function comply.review_decision(uuid, text, text) to comply_app;
