-- Destroys what callers cannot, so it has the owner's rights; it does only what an erasure has asked for. Two at once
-- never work on the same one: who finds its row locked passes on. A hold that was placed meanwhile stops the next
-- batch. What costs least to look at comes first, since each call begins anew.
create or replace function comply.redact_batch(batch_rows integer default 5000)
returns integer
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
set row_security = on
as $$
declare
  v_erasure comply.erasures;
  v_tenant  record;
  v_subject text;
  v_matter  text;
  v_rows    integer;
begin
  if coalesce(redact_batch.batch_rows, 0) not between 1 and 1000000 then
    raise exception 'a batch of % rows', coalesce(redact_batch.batch_rows::text, 'null')
      using errcode = 'PC330',
            hint    = 'Pass 1 to 1,000,000 rows.';
  end if;

  if current_setting('transaction_isolation') <> 'read committed' then
    raise exception 'an erasure in a % transaction would not see a hold that was just placed',
      current_setting('transaction_isolation')
      using errcode = 'PC331',
            hint    = 'Begin the transaction with isolation level read committed.';
  end if;

  if not exists (select from comply.erasures as e where e.state <> 'done') then
    return 0;
  end if;

  perform comply_private.lock_holds();

  for v_erasure in
    select e.*
    from comply.erasures as e
    where e.scope = 'tenant'
      and e.state = 'shredded'
      and comply_private.held(e.tenant_id, null, null) is null
    order by e.shredded_at, e.id
    for update skip locked
  loop
    v_rows := comply_private.redact_tenant_batch(v_erasure.tenant_id, v_erasure.id, redact_batch.batch_rows);

    if v_rows = 0 and comply_private.finish_tenant(v_erasure) then
      v_rows := 1;
    end if;

    if v_rows > 0 then
      return v_rows;
    end if;
  end loop;

  -- What began before an erasure and ended after it may have left rows of the subject.
  for v_tenant in
    select s.tenant_id, array_agg(s.id) as ids, array_agg(s.subject_digest) as digests, min(s.sweep_from) as sweep_from
    from (
      select e.tenant_id, e.id, e.subject_digest, e.sweep_from
      from comply.erasures as e
      where e.scope = 'subject'
        and e.state = 'shredded'
        and comply_private.is_settled(e.shredded_in)
      for update skip locked
    ) as s
    group by s.tenant_id
  loop
    for v_subject in
      select l.subject_id
      from comply_private.late_subjects(v_tenant.tenant_id, v_tenant.digests, v_tenant.sweep_from) as l
    loop
      select e.*
      into v_erasure
      from comply.erasures as e
      where e.tenant_id = v_tenant.tenant_id
        and e.subject_digest = comply_private.subject_digest(v_tenant.tenant_id, v_subject);

      -- Stays open while a hold covers what came late.
      if comply_private.subject_hold(v_tenant.tenant_id, v_subject) is null then
        perform comply_private.carry_out_erasure(v_tenant.tenant_id, v_erasure.id, v_subject);
      else
        v_tenant.ids := array_remove(v_tenant.ids, v_erasure.id);
      end if;
    end loop;

    update comply.erasures as e
    set state = 'done',
        done_at = comply.now()
    where e.tenant_id = v_tenant.tenant_id
      and e.id = any (v_tenant.ids);

    if found then
      return cardinality(v_tenant.ids);
    end if;
  end loop;

  for v_erasure in
    select e.*
    from comply.erasures as e
    where e.state = 'deferred'
    order by e.requested_at, e.id
    for update skip locked
  loop
    select d.subject_id
    into v_subject
    from comply_private.deferred_subjects as d
    where d.tenant_id = v_erasure.tenant_id
      and d.erasure_id = v_erasure.id;

    v_matter := case v_erasure.scope
      when 'tenant' then comply_private.held(v_erasure.tenant_id, null, null)
      else comply_private.subject_hold(v_erasure.tenant_id, v_subject)
    end;

    if v_matter is null then
      if v_erasure.scope = 'tenant' then
        perform comply_private.carry_out_tenant(v_erasure.tenant_id, v_erasure.id);
      else
        perform comply_private.carry_out_erasure(v_erasure.tenant_id, v_erasure.id, v_subject);
      end if;

      return 1;
    end if;

    update comply.erasures as e
    set matter = v_matter
    where e.tenant_id = v_erasure.tenant_id
      and e.id = v_erasure.id
      and e.matter <> v_matter;
  end loop;

  return 0;
end;
$$;

comment on function comply.redact_batch(integer) is
  'Move erasures on by one step: images of tenants that are erased, what came late of subjects, what a hold no longer '
  'defers. Return 0 where there is nothing to do now. Idempotent. Waits for holds that are being placed. Raises '
  'PC330, PC331.';

revoke execute on function comply.redact_batch(integer) from public;
grant  execute on function comply.redact_batch(integer) to comply_admin, comply_operator;
