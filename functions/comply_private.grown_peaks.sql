create or replace function comply_private.grown_peaks(peaks bytea, nodes bytea[])
returns bytea
language sql
immutable
parallel safe
return substring(
    grown_peaks.peaks from 1
    for octet_length(grown_peaks.peaks) - 32 * (cardinality(grown_peaks.nodes) - 1))
  || grown_peaks.nodes[cardinality(grown_peaks.nodes)];

comment on function comply_private.grown_peaks(bytea, bytea[]) is
  'Return the peaks of a tree after the leaf for which comply_private.new_nodes() returned these nodes.';

revoke execute on function comply_private.grown_peaks(bytea, bytea[]) from public;
