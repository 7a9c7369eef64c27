-- Rows of a trail, skewed as trails are: half of them are of one tenant, the others thin out over a thousand; a
-- statement wrote one row or five hundred; actors range from services to people who were seen five times. All of
-- it follows from the number of the statement, so that two servers get the same rows.

create schema bench;

create function bench.chance(number bigint, purpose integer)
returns float8
language sql
immutable
parallel safe
return (hashint8extended(chance.number, chance.purpose) & 1048575) / 1048576.0;

create table bench.images (number integer primary key, image jsonb not null);

insert into bench.images
select
  i.number,
  jsonb_build_object(
    'tenant_id', 'tenant-0000',
    'id', md5(i.number::text)::uuid,
    'timestamp', '2026-01-01T00:00:00+00:00',
    'source_data_hash', repeat(md5(i.number::text), 2),
    'detector_type', 'openai-moderation',
    'model_version', 'omni-moderation-2024-09-26',
    'mapped_data', jsonb_build_object(
      'labels', jsonb_build_array('HARM.SPEECH.Insult'),
      'scores', jsonb_build_object('hate', 0.1, 'violence', i.number / 64.0, 'self-harm', 0.01)),
    'taxonomy_version', '1.0',
    'confidence_score', i.number / 64.0,
    'metadata', jsonb_build_object('channel', 'chat', 'language', 'de', 'service', 'gateway-' || i.number),
    'blob_path', null,
    'encrypted', false,
    'correlation_id', md5('c' || i.number)::uuid,
    'azure_region', 'westeurope',
    'backup_status', 'pending',
    'created_at', '2026-01-01T00:00:00+00:00',
    'updated_at', '2026-01-01T00:00:00+00:00')
from generate_series(0, 63) as i (number);

-- Three rows in five come from statements of 500 rows, the others from statements of one.
create procedure bench.fill(month timestamptz, row_count integer)
language plpgsql
set row_security = on
set timezone = 'UTC'
as $$
declare
  v_statements integer := greatest(1, (row_count / 2.5)::integer);
  v_name       text := to_char(month, '"comply.audit_trail_"YYYY_MM');
  v_seconds    float8 := date_part('epoch', month + interval '1 month' - month);
begin
  -- Attached when it is full, which builds the indexes at once.
  execute format(
    'create table %s (like comply.audit_trail including defaults including generated including constraints)', v_name);
  execute format(
    $q$
  insert into %s (
    tenant_id, id, "timestamp", table_name, record_id, operation, user_id, active_role, actor, old_values,
    new_values, correlation_id, ip_address, user_agent, transaction_id)
  select
    v.tenant_id,
    (comply_private.audit_id_head((date_part('epoch', v."timestamp") * 1000000)::bigint)
     || lpad(to_hex(r.number), 7, '0') || lpad(to_hex(v.number & 268435455), 8, '0'))::uuid,
    v."timestamp",
    v.table_name,
    md5(concat(v.number / 3, '-', r.number))::uuid,
    v.operation,
    'service',
    null,
    v.actor,
    case v.operation
      when 'UPDATE' then jsonb_build_object(v.changed, 'before', 'updated_at', v."timestamp")
      when 'INSERT' then null
      else i.image
    end,
    case when v.operation <> 'DELETE' then i.image end,
    md5('request-' || v.number / 2)::uuid,
    '10.0.0.1',
    'gateway',
    (1000 + v.number)::text::xid8
  from (
    select
      s.number,
      s.rows,
      $1 + make_interval(secs => $3 * s.n / $2) as "timestamp",
      case
        when s.tenant < 0.5 then 'tenant-0001'
        else concat('tenant-', lpad(floor(2 * 500 ^ (s.tenant * 2 - 1))::text, 4, '0'))
      end as tenant_id,
      case
        when s.rows > 1 or s.what < 0.7 then 'storage_records'
        when s.what < 0.9 then 'detector_executions'
        when s.what < 0.9995 then 'model_metrics'
        else 'tenant_configs'
      end as table_name,
      case
        when s.what >= 0.7 and s.what < 0.9995 or s.rows > 1 then
          case when s.how < 0.98 then 'INSERT' when s.how < 0.999 or s.rows > 1 then 'UPDATE' else 'DELETE' end
        when s.how < 0.75 then 'INSERT'
        when s.how < 0.99 then 'UPDATE'
        else 'DELETE'
      end as operation,
      case
        when s.rows > 1 or s.who < 0.3 then null
        when s.number %% 800000 = 7 then 'rare@example.com'
        else concat('person-', floor(20000 ^ ((s.who - 0.3) / 0.7)), '@example.com')
      end as actor,
      case
        when s.number %% 1300000 = 11 then 'azure_region'
        when s.change < 0.7 then 'metadata'
        when s.change < 0.95 then 'backup_status'
        when s.change < 0.999 then 'blob_path'
        else 'mapped_data'
      end as changed
    from (
      select
        n.n,
        b.number,
        case when bench.chance(b.number, 1) < 0.003 then 500 else 1 end as rows,
        bench.chance(b.number, 2) as tenant,
        bench.chance(b.number, 3) as what,
        bench.chance(b.number, 4) as how,
        bench.chance(b.number, 5) as who,
        bench.chance(b.number, 6) as change
      from generate_series(0, $2 - 1) as n (n)
      cross join lateral (
        select date_part('epoch', $1)::bigint / 86400 * 100000 + n.n
      ) as b (number)
    ) as s
  ) as v
  cross join lateral generate_series(1, v.rows) as r (number)
  join bench.images as i on i.number = (v.number & 63)
    $q$,
    v_name)
  using month, v_statements, v_seconds;

  perform comply_private.guard_partition(v_name::regclass, 'comply.audit_trail');
  execute format(
    'alter table comply.audit_trail attach partition %s for values from (%L) to (%L)',
    v_name, month, month + interval '1 month');
end;
$$;
