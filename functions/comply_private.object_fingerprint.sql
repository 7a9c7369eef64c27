-- Names, never numbers, so that two databases compare. Rights are part of it, as an extra GRANT is drift;
-- comments are not.
create or replace function comply_private.object_fingerprint(classid oid, objid oid)
returns bytea
language plpgsql
stable
set search_path = pg_catalog, pg_temp
as $$
declare
  v_acl   aclitem[];
  v_owner oid;
  v_text  text;
begin
  case object_fingerprint.classid
    when 'pg_namespace'::regclass then
      select n.nspname, n.nspowner, coalesce(n.nspacl, acldefault('n', n.nspowner))
      into v_text, v_owner, v_acl
      from pg_namespace as n
      where n.oid = object_fingerprint.objid;

    when 'pg_proc'::regclass then
      select
        case when p.prokind = 'a' then p.oid::regprocedure::text else pg_get_functiondef(p.oid) end,
        p.proowner,
        coalesce(p.proacl, acldefault('f', p.proowner))
      into v_text, v_owner, v_acl
      from pg_proc as p
      where p.oid = object_fingerprint.objid;

    when 'pg_class'::regclass then
      select
        concat_ws(
          E'\n', c.relkind, c.relrowsecurity, c.relforcerowsecurity, c.relpersistence, c.reloptions,
          case
            when c.relkind in ('v', 'm') then pg_get_viewdef(c.oid)
            when c.relkind in ('i', 'I') then pg_get_indexdef(c.oid) || (
              select i.indisvalid::text
              from pg_index as i
              where i.indexrelid = c.oid
            )
            when c.relkind = 'p' then pg_get_partkeydef(c.oid)
          end,
          (
            select string_agg(
              concat_ws(
                ' ', a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull, a.attidentity,
                a.attgenerated, a.attcollation::regcollation, pg_get_expr(d.adbin, d.adrelid),
                (
                  select string_agg(
                    concat_ws(' ', x.grantee::regrole, x.privilege_type, x.is_grantable), ','
                    order by x.grantee::regrole::text, x.privilege_type)
                  from aclexplode(a.attacl) as x
                )
              ), E'\n' order by a.attname)
            from pg_attribute as a
            left join pg_attrdef as d on d.adrelid = a.attrelid and d.adnum = a.attnum
            where a.attrelid = c.oid
              and a.attnum > 0
              and not a.attisdropped
              and c.relkind in ('r', 'p', 'f')
          )),
        c.relowner,
        case
          when c.relkind in ('i', 'I') then null
          when c.relkind = 'S' then coalesce(c.relacl, acldefault('s', c.relowner))
          else coalesce(c.relacl, acldefault('r', c.relowner))
        end
      into v_text, v_owner, v_acl
      from pg_class as c
      where c.oid = object_fingerprint.objid;

    when 'pg_trigger'::regclass then
      select concat_ws(E'\n', pg_get_triggerdef(t.oid), t.tgenabled)
      into v_text
      from pg_trigger as t
      where t.oid = object_fingerprint.objid;

    when 'pg_policy'::regclass then
      select
        concat_ws(
          E'\n', p.polcmd, p.polpermissive,
          (
            select string_agg(
              case when r = 0 then 'public' else r::regrole::text end, ',' order by r::regrole::text)
            from unnest(p.polroles) as r
          ),
          pg_get_expr(p.polqual, p.polrelid), '/', pg_get_expr(p.polwithcheck, p.polrelid))
      into v_text
      from pg_policy as p
      where p.oid = object_fingerprint.objid;

    when 'pg_constraint'::regclass then
      select concat_ws(E'\n', pg_get_constraintdef(k.oid), k.convalidated)
      into v_text
      from pg_constraint as k
      where k.oid = object_fingerprint.objid;
  end case;

  return sha256(convert_to(
    concat_ws(
      E'\n', v_text, v_owner::regrole,
      (
        select string_agg(
          concat_ws(
            ' ', case when x.grantee = 0 then 'public' else x.grantee::regrole::text end, x.privilege_type,
            x.is_grantable), ','
          order by x.grantee::regrole::text, x.privilege_type)
        from aclexplode(v_acl) as x
      )), 'UTF8'));
end;
$$;

comment on function comply_private.object_fingerprint(oid, oid) is
  'Return the SHA-256 of what defines an object of comply_private.our_objects(): text, owner, rights, flags.';

revoke execute on function comply_private.object_fingerprint(oid, oid) from public;
