-- The reference values of Certificate Transparency, and every proof of every tree up to 65 leaves, verified as
-- RFC 9162, 2.1.3.2, says it.
begin;
set local search_path = tap, pg_catalog;
select plan(10);

create temp table reference as
select *
from (
  values
    (0, 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'),
    (1, '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d'),
    (2, 'fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125'),
    (3, 'aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77'),
    (4, 'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7'),
    (5, '4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4'),
    (6, '76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef'),
    (7, 'ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c'),
    (8, '5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328')
) as r (size, root);

create temp table leaf as
select l.ordinal, sha256('\x00'::bytea || l.data) as hash
from unnest(array[
  '\x', '\x00', '\x10', '\x2021', '\x3031', '\x40414243', '\x5051525354555657',
  '\x606162636465666768696a6b6c6d6e6f']::bytea[]) with ordinality as l (data, ordinal);

select results_eq(
  $$
    select r.size, encode(comply_private.merkle_root(coalesce(
      (select string_agg(l.hash, '' order by l.ordinal) from leaf as l where l.ordinal <= r.size), '')), 'hex')
    from reference as r
    order by r.size
  $$,
  $$ select size, root from reference order by size $$,
  'the roots over 0 to 8 known leaves are the published ones');

select results_eq(
  $$
    select r.size, encode(comply_private.merkle_root(coalesce(
      (select string_agg(sha256('id') || '\xff'::bytea || l.hash, '' order by l.ordinal)
       from leaf as l
       where l.ordinal <= r.size), ''), 65, 33), 'hex')
    from reference as r
    order by r.size
  $$,
  $$ select size, root from reference order by size $$,
  'and so they are where the hashes lie 65 bytes apart, after 33 each');

-- Trees of any size, of leaves that are all different.
create temp table tree as
select
  s.size,
  h.hashes,
  comply_private.merkle_root(h.hashes) as root
from generate_series(0, 130) as s (size)
cross join lateral (
  select coalesce(string_agg(sha256(int4send(i)), '' order by i), '') as hashes
  from generate_series(0, s.size - 1) as i
) as h;

create function pg_temp.bears_out(leaf bytea, leaf_no integer, size integer, path bytea, root bytea)
returns boolean
language plpgsql
as $$
declare
  v_fn    integer := bears_out.leaf_no;
  v_sn    integer := bears_out.size - 1;
  v_root  bytea := bears_out.leaf;
  v_step  bytea;
begin
  for i in 0 .. octet_length(bears_out.path) / 32 - 1 loop
    if v_sn = 0 then
      return false;
    end if;

    v_step := substring(bears_out.path from i * 32 + 1 for 32);

    if v_fn % 2 = 1 or v_fn = v_sn then
      v_root := sha256('\x01'::bytea || v_step || v_root);

      while v_fn % 2 = 0 and v_fn <> 0 loop
        v_fn := v_fn / 2;
        v_sn := v_sn / 2;
      end loop;
    else
      v_root := sha256('\x01'::bytea || v_root || v_step);
    end if;

    v_fn := v_fn / 2;
    v_sn := v_sn / 2;
  end loop;

  return v_sn = 0 and v_root = bears_out.root;
end;
$$;

create temp table proof as
select
  t.size,
  n as leaf_no,
  substring(t.hashes from n * 32 + 1 for 32) as leaf,
  comply_private.merkle_path(t.hashes, n) as path,
  t.root
from tree as t
cross join lateral generate_series(0, t.size - 1) as n
where t.size <= 65;

select is((select count(*) from proof), 2145::bigint, 'every leaf of every tree up to 65 leaves has a proof');

select is_empty(
  $$ select size, leaf_no from proof where not pg_temp.bears_out(leaf, leaf_no, size, path, root) $$,
  'and each bears it out');

select is_empty(
  $$
    select p.size, p.leaf_no
    from proof as p
    join proof as o on o.size = p.size and o.leaf_no = (p.leaf_no + 1) % p.size
    where p.size > 1
      and (pg_temp.bears_out(o.leaf, p.leaf_no, p.size, p.path, p.root)
           or pg_temp.bears_out(p.leaf, o.leaf_no, p.size, p.path, p.root))
  $$,
  'no other leaf, and none in another place');

select is_empty(
  $$
    select p.size, p.leaf_no
    from proof as p
    where pg_temp.bears_out(p.leaf, p.leaf_no, p.size, substring(p.path from 33), p.root)
      and p.size > 1
       or pg_temp.bears_out(p.leaf, p.leaf_no, p.size, p.path || sha256(''), p.root)
  $$,
  'no path that was cut, and none that was made longer');

select is_empty(
  $$
    select p.size, p.leaf_no
    from proof as p
    where p.size <= 20
      and p.path is distinct from comply_private.merkle_path(
        (
          select string_agg('\x00112233'::bytea || substring(t.hashes from i * 32 + 1 for 32), '' order by i)
          from tree as t
          cross join generate_series(0, p.size - 1) as i
          where t.size = p.size
        ), p.leaf_no, 36, 4)
  $$,
  'paths are the same where the hashes lie further apart');

-- The same trees, grown a leaf at a time.
create temp table grown as
with recursive g (size, peaks, nodes) as (
  select 0, ''::bytea, null::bytea[]
  union all
  select
    g.size + 1,
    comply_private.grown_peaks(g.peaks, n.nodes),
    n.nodes
  from g
  cross join lateral (select comply_private.new_nodes(g.peaks, g.size, sha256(int4send(g.size))) as nodes) as n
  where g.size < 130
)
select * from g;

select results_eq(
  $$ select size, comply_private.peaks_root(peaks) from grown order by size $$,
  $$ select size, root from tree order by size $$,
  'a tree that is grown a leaf at a time has the same roots up to 130 leaves');

select is_empty(
  $$
    select g.size
    from grown as g
    where g.size > 0
      and (
        octet_length(g.peaks) / 32 <> length(replace(g.size::bit(8)::text, '0', ''))
        or cardinality(g.nodes) <> 1 + (select count(*) from generate_series(1, 8) as v where g.size % (1 << v) = 0)
      )
  $$,
  'has as many peaks as its size has ones, and finishes as many subtrees as its size has zeros at the end');

select is_empty(
  $$
    select g.size, n.ordinal
    from grown as g
    cross join lateral unnest(g.nodes) with ordinality as n (hash, ordinal)
    join tree as t on t.size = 1 << (n.ordinal - 1)::integer
    where n.hash is distinct from comply_private.merkle_root(
      (
        select string_agg(sha256(int4send(i)), '' order by i)
        from generate_series(g.size - t.size, g.size - 1) as i
      ))
  $$,
  'each of which is the tree over its own leaves');

select * from finish();
rollback;
