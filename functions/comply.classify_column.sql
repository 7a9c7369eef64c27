-- Writes labels and takes rights away, which callers cannot, so it has the owner's rights: nobody chooses who
-- looked at a column. What a label asks for is done or it is refused: no label stands that nothing follows
-- from.
create or replace function comply.classify_column(
  table_name     text,
  column_name    text,
  classification text,
  subject_kind   text default null,
  legal_basis    text default null,
  source         text default 'declared',
  confidence     double precision default null,
  waiver         text default null
)
returns boolean
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
set row_security = on
as $$
declare
  v_changed boolean;
  v_view    record;
begin
  if not exists (
    select
    from pg_class as c
    join pg_attribute as a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
    where c.relnamespace = 'comply'::regnamespace
      and c.relkind in ('r', 'p')
      and not c.relispartition
      and c.relname = classify_column.table_name
      and a.attname = classify_column.column_name
  ) then
    raise exception 'there is no column % of a table comply.%',
      quote_nullable(classify_column.column_name), quote_nullable(classify_column.table_name)
      using errcode = 'PC610',
            hint    = 'Pass names as the catalog has them: comply.unclassified_columns() lists what has no label.';
  end if;

  if classify_column.classification = 'restricted'
     and classify_column.source <> 'suspected'
     and classify_column.waiver is null
     and not exists (
       select
       from comply.encrypted_columns as e
       where e.table_name = classify_column.table_name
         and e.column_name = classify_column.column_name
     )
  then
    raise exception 'column %.% takes plaintext, which a restricted one may not',
      classify_column.table_name, classify_column.column_name
      using errcode = 'PC611',
            hint    = 'Encrypt it first, as docs/encryption.md says, or say in waiver why it need not be.';
  end if;

  insert into comply.column_labels as l (
    table_name, column_name, classification, subject_kind, legal_basis, source, confidence, waiver, reviewed_by,
    reviewed_at)
  values (
    classify_column.table_name, classify_column.column_name, classify_column.classification,
    classify_column.subject_kind, classify_column.legal_basis, classify_column.source, classify_column.confidence,
    classify_column.waiver,
    case when classify_column.source <> 'suspected' then session_user end,
    case when classify_column.source <> 'suspected' then comply.now() end)
  on conflict on constraint column_labels_pkey do update
  set classification = excluded.classification,
      subject_kind = excluded.subject_kind,
      legal_basis = excluded.legal_basis,
      source = excluded.source,
      confidence = excluded.confidence,
      waiver = excluded.waiver,
      reviewed_by = excluded.reviewed_by,
      reviewed_at = excluded.reviewed_at
  where (l.classification, l.subject_kind, l.legal_basis, l.source, l.confidence, l.waiver)
        is distinct from (
          excluded.classification, excluded.subject_kind, excluded.legal_basis, excluded.source, excluded.confidence,
          excluded.waiver);
  v_changed := found;

  perform comply_private.mirror_label(classify_column.table_name, classify_column.column_name);
  perform comply_private.hide_from_analysts(classify_column.table_name);

  select e.*
  into v_view
  from comply.exposed_columns() as e
  where e.made_of = format('comply.%s.%s', classify_column.table_name, classify_column.column_name)
    and case when e.grantee = 'public' then true
             else pg_has_role('comply_analyst', e.grantee::regrole, 'usage') end
  limit 1;

  if found then
    raise exception 'analysts read it as column % of %', v_view.column_name, v_view.relation
      using errcode = 'PC612',
            hint    = 'Take the column out of the view, or the view from them, PUBLIC and their roles, then classify again.';
  end if;

  return v_changed;
end;
$$;

comment on function comply.classify_column(text, text, text, text, text, text, double precision, text) is
  'Say what a column holds: public, internal, confidential or restricted, whose data it is, on what grounds. '
  'Written behind its comment too. From confidential on analysts lose it; a restricted one has to be '
  'encrypted, or to have a waiver. True if this call changed it. Idempotent. Locks the table against other '
  'DDL. Raises PC610, PC611, PC612.';

revoke execute on function comply.classify_column(text, text, text, text, text, text, double precision, text)
  from public;
grant  execute on function comply.classify_column(text, text, text, text, text, text, double precision, text)
  to comply_admin;
