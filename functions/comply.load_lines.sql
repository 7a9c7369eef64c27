-- Each line that the caller has staged ends in one of four ways: a record, a repeat of one, a row of
-- comply.load_rejects, or nothing where it is blank. Runs with the caller's rights. Waits for another load of
-- the same tenant, detector and model to end its transaction, and then sees what that has made: so two loads
-- of one file make each record once.
--
-- Set-based, because a file has millions of lines: one statement casts them all, and only if it fails are
-- they tried one by one. A file has few distinct sets of labels, so these are mapped once each. jsonb keeps
-- the last of two equal keys in silence; a line with more colons than its value needs is suspected of that,
-- and looked at.
create or replace function comply.load_lines(
  detector_type text,
  model_version text,
  load_id       uuid,
  at            timestamptz default null
)
returns table (lines bigint, inserted bigint, repeated bigint, rejected bigint, blank bigint)
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
set timezone = 'UTC'
set work_mem = '64MB'
set plan_cache_mode = force_custom_plan
set enable_mergejoin = off
set jit = off
as $$
declare
  v_tenant      text := comply.require_tenant();
  v_at          timestamptz := coalesce(load_lines.at, comply.now());
  v_not_before  timestamptz := comply.now() - interval '10 years';
  v_not_after   timestamptz := comply.now() + interval '1 day';
  v_request     uuid := comply.current_correlation_id();
  v_version     integer;
  v_threshold   numeric;
  v_names       jsonb;
  v_line        record;
  v_is_retry    boolean := false;
  v_erased      text[];
  v_good        bigint;
  v_hashes      text[];
  v_recorded    text[];
  v_has_repeats boolean;
  v_first_at    timestamptz;
  v_head        text;
  v_tail        text;
begin
  if current_setting('transaction_isolation') <> 'read committed' then
    raise exception 'a load in a % transaction would not see what another load has just made',
      current_setting('transaction_isolation')
      using errcode = 'PC402',
            hint    = 'Begin the transaction with isolation level read committed.';
  end if;

  perform comply.open_load();
  perform comply.take_load_turn(load_lines.detector_type, load_lines.model_version);

  select max(t.version)
  into v_version
  from comply.taxonomy_versions as t
  where t.valid_from <= comply.now();

  select
    c.confidence_threshold::numeric,
    coalesce((
      select jsonb_object_agg(m.detector_label, m.label)
      from comply.detector_mappings as m
      where m.version = v_version
        and m.detector_type = load_lines.detector_type
    ), '{}') || coalesce(c.taxonomy_overrides -> load_lines.detector_type, '{}')
  into v_threshold, v_names
  from comply.tenant_configs as c
  where c.tenant_id = v_tenant;

  loop
    begin
      -- Each level computes what the next one uses more than once; OFFSET 0 keeps the planner from merging
      -- them.
      insert into pg_temp.parsed_lines (
        line_no, is_good, problem, detail, source_data_hash, labels, colons, confidence, "timestamp",
        metadata, correlation_id, blob_path, azure_region, subject_id)
      select
        v.line_no,
        v.problem is null,
        v.problem,
        case when v.problem is not null then
          left(case v.problem
            when 'not_an_object' then v.kind
            when 'bad_hash' then (v.doc -> 'source_data_hash')::text
            when 'bad_labels' then v.labels::text
            when 'bad_confidence' then v.confidence::text
            when 'bad_timestamp' then (v.doc -> 'timestamp')::text
            when 'bad_metadata' then v.metadata::text
            when 'bad_correlation_id' then (v.doc -> 'correlation_id')::text
            when 'bad_blob_path' then (v.doc -> 'blob_path')::text
            when 'bad_azure_region' then (v.doc -> 'azure_region')::text
            when 'bad_subject_id' then jsonb_typeof(v.doc -> 'subject_id')
            when 'key_conflict' then v.more::text
          end, 200)
        end,
        lower(v.source_data_hash collate "C"),
        v.labels,
        octet_length(v.line) - octet_length(replace(v.line, ':', '')) - 2
          - case when v.problem is not null or v.is_plain then 0 else (
              select octet_length(o.others) - octet_length(replace(o.others, ':', ''))
              from (select (v.doc - array['source_data_hash', 'labels'])::text as others) as o
            ) end,
        -- A number that is too small for float8 is as good as 0.
        case
          when v.problem is not null or v.is_plain or jsonb_typeof(v.confidence) = 'null' then null
          when v.confidence::numeric < 1e-300 then 0
          else v.confidence::numeric::float8
        end,
        case when v.problem is null then v."timestamp"::timestamptz end,
        case
          when v.is_plain then null
          when v.problem is null then coalesce(nullif(v.metadata, 'null'), '{}') || v.more
        end,
        case when v.problem is null then v.correlation_id::uuid end,
        v.blob_path,
        v.azure_region,
        v.subject_id
      from (
        select
          r.*,
          case
            when r.kind <> 'object' then 'not_an_object'
            -- What is nested deeper can overflow the stack when the row is written. It takes 1,000 brackets.
            when octet_length(r.line) > 2000
              and octet_length(r.line) - octet_length(replace(replace(r.line, '[', ''), '{', '')) > 1000
              and (
                select max(n.depth)
                from (
                  select
                    sum(case when b.bracket in ('[', '{') then 1 else -1 end)
                      over (order by b.position) as depth
                  from string_to_table(
                    regexp_replace(
                      regexp_replace(r.line, '"(\\.|[^"\\])*"', '', 'g'),
                      '[^][{}]', '', 'g'),
                    null) with ordinality as b (bracket, position)
                ) as n
              ) > 1000
              then 'too_deep'
            when r.source_data_hash is null then 'no_hash'
            when octet_length(r.source_data_hash) <> 64
              or r.source_data_hash ~ '[^0-9a-fA-F]'
              or jsonb_typeof(r.doc -> 'source_data_hash') <> 'string'
              then 'bad_hash'
            when coalesce(jsonb_typeof(r.labels), 'null') = 'null' then 'no_labels'
            when jsonb_typeof(r.labels) <> 'object' then 'bad_labels'
            when r.is_plain then null
            when jsonb_typeof(r.confidence) not in ('number', 'null') then 'bad_confidence'
            when jsonb_typeof(r.confidence) = 'number' and r.confidence::numeric not between 0 and 1
              then 'bad_confidence'
            -- By form, by the days of the month, and then by value: each lets the next one's cast succeed.
            when r."timestamp" !~ ('^[12][0-9][0-9][0-9]-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])'
                || '([T ]([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9]([.][0-9]+)?)?'
                || '(Z|[+-](0[0-9]|1[0-5])(:?[0-5][0-9])?)?)?$')
              then 'bad_timestamp'
            when substr(r."timestamp", 9, 2)::integer
                > date_part('day', (left(r."timestamp", 7) || '-01')::timestamp + interval '1 month - 1 day')
              then 'bad_timestamp'
            when r."timestamp"::timestamptz not between v_not_before and v_not_after then 'bad_timestamp'
            when jsonb_typeof(r.metadata) not in ('object', 'null') then 'bad_metadata'
            when translate(lower(r.correlation_id collate "C"), '123456789abcdef', '000000000000000')
                <> '00000000-0000-0000-0000-000000000000'
              then 'bad_correlation_id'
            when r.blob_path !~ '\S' or jsonb_typeof(r.doc -> 'blob_path') not in ('string', 'null')
              then 'bad_blob_path'
            when length(r.azure_region) > 63
              or r.azure_region !~ '^[a-z][a-z0-9]*$'
              or jsonb_typeof(r.doc -> 'azure_region') not in ('string', 'null')
              then 'bad_azure_region'
            when length(r.subject_id) > 200
              or r.subject_id !~ '\S'
              or jsonb_typeof(r.doc -> 'subject_id') not in ('string', 'null')
              then 'bad_subject_id'
            when jsonb_typeof(r.metadata) = 'object' and r.metadata ?| array(select jsonb_object_keys(r.more))
              then 'key_conflict'
          end as problem
        from (
          select
            d.*,
            d.doc ->> 'source_data_hash' as source_data_hash,
            d.doc -> 'labels' as labels,
            d.doc -> 'confidence' as confidence,
            d.doc ->> 'timestamp' as "timestamp",
            d.doc -> 'metadata' as metadata,
            d.doc ->> 'correlation_id' as correlation_id,
            d.doc ->> 'blob_path' as blob_path,
            d.doc ->> 'azure_region' as azure_region,
            d.doc ->> 'subject_id' as subject_id,
            case when d.kind = 'object' and not d.is_plain then
              d.doc - array[
                'source_data_hash', 'labels', 'confidence', 'timestamp', 'metadata', 'correlation_id',
                'blob_path', 'azure_region', 'subject_id']
            end as more
          from (
            select
              p.*,
              jsonb_typeof(p.doc) as kind,
              case jsonb_typeof(p.doc)
                when 'object' then p.doc - array['source_data_hash', 'labels'] = '{}'
                else false
              end as is_plain
            from (
              select t.line_no, t.line, t.line::jsonb as doc
              from (
                select
                  s.line_no,
                  case get_byte(s.line, 0)
                    when 239 then ltrim(convert_from(s.line, 'UTF8'), E'\uFEFF')
                    else convert_from(s.line, 'UTF8')
                  end as line
                from pg_temp.staged_lines as s
                where s.problem is null
                  and s.line not in ('', '\x0d')
                offset 0
              ) as t
              offset 0
            ) as p
            offset 0
          ) as d
          offset 0
        ) as r
        offset 0
      ) as v;
      exit;
    exception
      when data_exception or program_limit_exceeded then
        if v_is_retry then
          raise;
        end if;
    end;

    v_is_retry := true;
    for v_line in
      select s.ctid, s.line, null as problem, null as detail
      from pg_temp.staged_lines as s
      where s.problem is null
        and s.line not in ('', '\x0d')
    loop
      begin
        if btrim(ltrim(convert_from(v_line.line, 'UTF8'), E'\uFEFF'), E' \t\r') = '' then
          v_line.problem := 'blank';
        else
          perform ltrim(convert_from(v_line.line, 'UTF8'), E'\uFEFF')::jsonb;
          continue;
        end if;
      exception
        when data_exception or program_limit_exceeded then
          get stacked diagnostics v_line.detail = pg_exception_detail;
          v_line.problem := case sqlstate
            when '22021' then 'not_utf8'
            when '22P05' then 'nul_character'
            when '22003' then 'huge_number'
            when '22P02' then 'not_json'
            else 'too_deep'
          end;
          v_line.detail := left(coalesce(nullif(v_line.detail, ''), sqlerrm), 500);
      end;

      update pg_temp.staged_lines as s
      set problem = v_line.problem, detail = v_line.detail
      where s.ctid = v_line.ctid;
    end loop;
  end loop;

  -- Whatever else is wrong with it: a rejected line is kept, and this one must not come back in any form.
  if to_regprocedure('comply.erased_subjects(text[])') is not null then
    v_erased := array(
      select e.subject_id
      from comply.erased_subjects(array(
        select distinct p.subject_id
        from pg_temp.parsed_lines as p
        where p.subject_id is not null
      )) as e (subject_id)
    );
  end if;

  if v_erased <> '{}' then
    update pg_temp.parsed_lines as p
    set is_good = false, problem = 'erased_subject', detail = null
    where p.subject_id = any (v_erased);
  end if;

  insert into pg_temp.parsed_labels (labels, colons, is_suspect, problem, detail, mapped_data, confidence)
  with label_set as materialized (
    select row_number() over () as id, g.labels, g.colons
    from (
      select p.labels, p.colons
      from pg_temp.parsed_lines as p
      where p.is_good
      group by p.labels, p.colons
    ) as g
  ),
  verdict as (
    select
      l.id,
      e.name,
      v_names ->> e.name as label,
      case jsonb_typeof(e.value)
        when 'number' then e.value::numeric
        when 'boolean' then e.value::boolean::integer::numeric
        when 'null' then null
        else -1
      end as score
    from label_set as l
    cross join lateral jsonb_each(l.labels) as e (name, value)
  ),
  best as (
    select
      v.id,
      v.label,
      max(v.score) as score,
      min(v.name) filter (where v.label is null) as unknown,
      min(v.name) filter (where v.score not between 0 and 1) as bad
    from verdict as v
    group by v.id, v.label
  ),
  answer as (
    select
      b.id,
      min(b.unknown) as unknown,
      min(b.bad) as bad,
      jsonb_agg(b.label order by b.label) filter (where b.score >= v_threshold) as found,
      jsonb_object_agg(b.label, b.score) filter (where b.score is not null and b.label is not null) as scores,
      max(b.score) as score
    from best as b
    group by b.id
  )
  select
    l.labels,
    l.colons,
    l.colons <> octet_length(l.labels::text) - octet_length(replace(l.labels::text, ':', '')),
    case when a.unknown is not null then 'unknown_label' when a.bad is not null then 'bad_score' end,
    left(coalesce(a.unknown, a.bad || ': ' || (l.labels -> a.bad)::text), 200),
    jsonb_build_object(
      'labels', coalesce(a.found, '["OTHER.Safe"]'),
      'scores', coalesce(a.scores, '{}'),
      'verdicts', l.labels),
    case
      when a.bad is not null then null
      when a.found is null then (1 - a.score)::float8
      when a.score < 1e-300 then 0
      else a.score::float8
    end
  from label_set as l
  left join answer as a on a.id = l.id;

  if exists (select from pg_temp.parsed_labels as m where m.problem is not null) then
    update pg_temp.parsed_lines as p
    set is_good = false, problem = m.problem, detail = m.detail
    from pg_temp.parsed_labels as m
    where p.is_good
      and m.labels = p.labels
      and m.colons = p.colons
      and m.problem is not null;
  end if;

  if exists (select from pg_temp.parsed_labels as m where m.is_suspect) then
    update pg_temp.parsed_lines as p
    set is_good = false, problem = 'duplicate_key', detail = left(k.name, 200)
    from pg_temp.parsed_labels as m
    cross join pg_temp.staged_lines as s
    cross join lateral (
      with recursive value (content) as (
        select ltrim(convert_from(s.line, 'UTF8'), E'\uFEFF')::json
        union all
        select i.content
        from value as v
        cross join lateral (
          select e.value
          from json_each(case json_typeof(v.content) when 'object' then v.content end) as e
          union all
          select a.value
          from json_array_elements(case json_typeof(v.content) when 'array' then v.content end) as a
        ) as i (content)
      )
      select d.name
      from value as v
      cross join lateral (
        select e.key as name
        from json_each(case json_typeof(v.content) when 'object' then v.content end) as e
        group by e.key
        having count(*) > 1
      ) as d
      limit 1
    ) as k
    where p.is_good
      and m.labels = p.labels
      and m.colons = p.colons
      and m.is_suspect
      and s.line_no = p.line_no;
  end if;

  select array_agg(g.source_data_hash), coalesce(sum(g.lines), 0), bool_or(g.lines > 1)
  into v_hashes, v_good, v_has_repeats
  from (
    select p.source_data_hash, count(*) as lines
    from pg_temp.parsed_lines as p
    where p.is_good
    group by p.source_data_hash
  ) as g;

  if v_has_repeats then
    delete from pg_temp.parsed_lines as p
    using (
      select f.source_data_hash, min(f.line_no) as line_no
      from pg_temp.parsed_lines as f
      where f.is_good
      group by f.source_data_hash
      having count(*) > 1
    ) as f
    where p.is_good
      and p.source_data_hash = f.source_data_hash
      and p.line_no > f.line_no;
  end if;

  select array_agg(r.source_data_hash)
  into v_recorded
  from comply.recorded_hashes(v_hashes, load_lines.detector_type, load_lines.model_version)
    as r (source_data_hash);

  if v_recorded is not null then
    delete from pg_temp.parsed_lines as p
    where p.is_good
      and p.source_data_hash = any (v_recorded);
  end if;

  for v_first_at in
    select min(coalesce(p."timestamp", v_at))
    from pg_temp.parsed_lines as p
    where p.is_good
      and coalesce(p."timestamp", v_at) < date_trunc('month', comply.now())
    group by date_trunc('month', coalesce(p."timestamp", v_at))
  loop
    perform comply.ensure_past_partitions('storage_records', v_first_at, v_first_at);
  end loop;

  -- Ids of version 7 as the audit trail has them, for the rows of one statement: 28 of the 74 random bits are
  -- the ordinal, so that each index gets them in order.
  v_head := lpad(to_hex((date_part('epoch', clock_timestamp()) * 1000)::bigint), 12, '0')
    || '7' || left(gen_random_uuid()::text, 3) || '8';
  v_tail := right(gen_random_uuid()::text, 8);

  insert into comply.storage_records (
    tenant_id, id, "timestamp", source_data_hash, detector_type, model_version, mapped_data, taxonomy_version,
    confidence_score, metadata, blob_path, correlation_id, azure_region, subject_id)
  select
    v_tenant,
    (v_head || lpad(to_hex(row_number() over ()), 7, '0') || v_tail)::uuid,
    coalesce(p."timestamp", v_at),
    p.source_data_hash,
    load_lines.detector_type,
    load_lines.model_version,
    m.mapped_data,
    v_version,
    coalesce(p.confidence, m.confidence),
    coalesce(p.metadata, '{}'),
    p.blob_path,
    coalesce(p.correlation_id, v_request),
    p.azure_region,
    p.subject_id
  from pg_temp.parsed_lines as p
  join pg_temp.parsed_labels as m on m.labels = p.labels and m.colons = p.colons
  where p.is_good;
  get diagnostics inserted = row_count;
  repeated := v_good - inserted;

  if inserted > 0
     and to_regprocedure('comply.record_lineage(text,text[],text[],text,jsonb,uuid,timestamptz,text)') is not null
  then
    perform comply.record_lineage(
      'load', array[format('model:%s/%s', load_lines.detector_type, load_lines.model_version), 'taxonomy:' || v_version],
      activity_id => coalesce(v_request, load_lines.load_id));
  end if;

  insert into comply.load_rejects (
    tenant_id, load_id, line_no, detector_type, model_version, reason, detail, line)
  select
    v_tenant,
    load_lines.load_id,
    s.line_no,
    load_lines.detector_type,
    load_lines.model_version,
    b.problem,
    b.detail,
    -- What is not UTF-8, or was cut in the middle of it, is no text as it stands.
    left(
      case
        when b.problem = 'erased_subject' then ''
        when b.problem in ('not_utf8', 'too_long') then encode(substring(s.line from 1 for 8192), 'escape')
        else convert_from(s.line, 'UTF8')
      end,
      8192)
  from (
    select p.line_no, p.problem, p.detail from pg_temp.parsed_lines as p where not p.is_good
    union all
    select s.line_no, s.problem, s.detail from pg_temp.staged_lines as s where s.problem <> 'blank'
  ) as b
  join pg_temp.staged_lines as s on s.line_no = b.line_no;
  get diagnostics rejected = row_count;

  select count(*), count(*) filter (where s.problem = 'blank' or s.line in ('', '\x0d'))
  into lines, blank
  from pg_temp.staged_lines as s;

  truncate pg_temp.staged_lines, pg_temp.parsed_lines, pg_temp.parsed_labels;
  return next;
end;
$$;

comment on function comply.load_lines(text, text, uuid, timestamptz) is
  'Make records of the lines in pg_temp.staged_lines, once for each text, and empty it; return what became '
  'of how many. What is wrong with a line is in comply.load_rejects. Idempotent. Waits for another load of '
  'the same detector and model. Raises PC004, PC402.';

revoke execute on function comply.load_lines(text, text, uuid, timestamptz) from public;
grant  execute on function comply.load_lines(text, text, uuid, timestamptz) to comply_app, comply_admin;
