begin;
set local search_path = tap, pg_catalog;
select plan(7);

select is(
  (select count(*) from comply.taxonomy_labels where version = 1), 50::bigint,
  'version 1 has 50 labels');

select is((select count(*) from comply.detectors), 12::bigint, 'there are 12 detectors');

select is_empty(
  $$
    select d.detector_type
    from comply.detectors as d
    where not exists (
      select from comply.detector_mappings as m where m.version = 1 and m.detector_type = d.detector_type)
  $$,
  'and each has mappings');

select is(
  (select label from comply.detector_mappings
   where version = 1 and detector_type = 'openai-moderation' and detector_label = 'self-harm'),
  'HARM.VIOLENCE.SelfHarm',
  'as the services that use the database know them');

select is(
  (
    select count(distinct label)
    from comply.detector_mappings
    where version = 1
      and detector_type = 'azure-content-safety'
      and detector_label in ('hate', 'Hate', 'hate_6')
  ),
  1::bigint,
  'spelled as the detector spells them, and mapped alike');

select throws_ok(
  $$ insert into comply.detector_mappings values (1, 'presidio', 'NEW', 'PII.Nothing') $$,
  '23503', null,
  'a mapping to a label that is not there is refused');

set local role comply_admin;
select throws_ok(
  $$ update comply.taxonomy_labels set description = 'mine' $$,
  '42501', null,
  'and nobody changes the taxonomy but a deploy');

select * from finish();
rollback;
