-- The catalog writes an expression in its own way, which is the same on every supported version.
create or replace function comply_private.generated_words(expression text)
returns text
language sql
immutable
parallel safe
return replace(
  replace(
    expression,
    '( SELECT comply.current_tenant() AS current_tenant)', '(select comply.current_tenant())'),
  'NULLIF(current_setting(''comply.tenant_id''::text, true), ''''::text)',
  'nullif(current_setting(''comply.tenant_id'', true), '''')');

comment on function comply_private.generated_words(text) is
  'Return what the catalog says of a policy in the words of comply_private.policy_source().';

revoke execute on function comply_private.generated_words(text) from public;
