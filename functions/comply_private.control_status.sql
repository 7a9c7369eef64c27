-- Nothing but pass counts as pass: what was not judged stands before what passed, and what was accepted is told apart.
create or replace function comply_private.control_status(
  failed   bigint,
  manual   bigint,
  accepted bigint,
  passed   bigint,
  na       bigint
)
returns text
language sql
immutable
parallel safe
begin atomic
  select case
    when failed > 0 then 'not_satisfied'
    when manual > 0 then 'review'
    when accepted > 0 then 'accepted'
    when passed > 0 then 'satisfied'
    when na > 0 then 'not_applicable'
    else 'not_assessed'
  end;
end;

comment on function comply_private.control_status(bigint, bigint, bigint, bigint, bigint) is
  'Return what findings make of a control: how many failed or raised, wait for a person, are accepted, passed, or had '
  'nothing to judge.';

revoke execute on function comply_private.control_status(bigint, bigint, bigint, bigint, bigint) from public;
