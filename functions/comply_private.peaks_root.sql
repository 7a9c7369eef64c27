create or replace function comply_private.peaks_root(peaks bytea)
returns bytea
language plpgsql
immutable
parallel safe
set search_path = pg_catalog, pg_temp
as $$
declare
  v_count integer := octet_length(peaks_root.peaks) / 32;
  v_root  bytea;
begin
  if v_count = 0 then
    return sha256('');
  end if;

  v_root := substring(peaks_root.peaks from v_count * 32 - 31);

  for v_peak in reverse v_count - 1 .. 1 loop
    v_root := sha256('\x01'::bytea || substring(peaks_root.peaks from v_peak * 32 - 31 for 32) || v_root);
  end loop;

  return v_root;
end;
$$;

comment on function comply_private.peaks_root(bytea) is
  'Return the Merkle root of a tree with these peaks, the roots of its largest finished subtrees.';

revoke execute on function comply_private.peaks_root(bytea) from public;
