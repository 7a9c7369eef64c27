-- How busy each tenant was by the day, and what was found in the last seven days, as questions about every tenant would
-- otherwise add up a row for each detector and model of each day. Creates tables, so it waits for nobody but a refresh
-- that is at work.

create table comply_private.daily_tenant_rollups (
  tenant_id      text    not null,
  day            date    not null,
  records        bigint  not null,
  flagged        bigint  not null,
  scored         bigint  not null,
  confidence_sum numeric not null,

  constraint daily_tenant_rollups_pkey primary key (tenant_id, day)
)
with (fillfactor = 80);

create index daily_tenant_rollups_day_idx on comply_private.daily_tenant_rollups (day);

comment on table comply_private.daily_tenant_rollups is 'One row a day and tenant that has records.';
comment on column comply_private.daily_tenant_rollups.tenant_id is 'The tenant.';
comment on column comply_private.daily_tenant_rollups.day is 'The day, UTC.';
comment on column comply_private.daily_tenant_rollups.records is 'How many records.';
comment on column comply_private.daily_tenant_rollups.flagged is
  'How many of them have another label than OTHER.Safe.';
comment on column comply_private.daily_tenant_rollups.scored is 'How many of them have a confidence.';
comment on column comply_private.daily_tenant_rollups.confidence_sum is 'The sum of the confidences.';

create table comply_private.last_seven_days (
  tenant_id      text             not null,
  detector_type  text             not null,
  model_version  text             not null,
  first_day      date             not null,
  records        bigint           not null,
  flagged        bigint           not null,
  scored         bigint           not null,
  confidence_sum numeric          not null,
  confidence_min double precision,
  confidence_max double precision,
  last_day       date             not null,

  constraint last_seven_days_pkey primary key (tenant_id, detector_type, model_version)
)
with (fillfactor = 80);

comment on table comply_private.last_seven_days is
  'One row a tenant, detector and model that has records of the seven days that end with that of the last refresh.';
comment on column comply_private.last_seven_days.tenant_id is 'The tenant.';
comment on column comply_private.last_seven_days.detector_type is 'The detector.';
comment on column comply_private.last_seven_days.model_version is 'The version of its model.';
comment on column comply_private.last_seven_days.first_day is 'The first of the days, UTC: the same in every row.';
comment on column comply_private.last_seven_days.records is 'How many records.';
comment on column comply_private.last_seven_days.flagged is 'How many of them have another label than OTHER.Safe.';
comment on column comply_private.last_seven_days.scored is 'How many of them have a confidence.';
comment on column comply_private.last_seven_days.confidence_sum is 'The sum of the confidences.';
comment on column comply_private.last_seven_days.confidence_min is 'The lowest; null: none has one.';
comment on column comply_private.last_seven_days.confidence_max is 'The highest; null: none has one.';
comment on column comply_private.last_seven_days.last_day is 'The last day that has any of them, UTC.';

-- What is counted already. The rollups are forced by now; their policies let the owner do this.
do $$
begin
  set local row_security = on;

  perform
  from comply_private.rollup_state as s
  for update;

  insert into comply_private.daily_tenant_rollups (tenant_id, day, records, flagged, scored, confidence_sum)
  select
    d.tenant_id, d.day, pg_catalog.sum(d.records), pg_catalog.sum(d.flagged), pg_catalog.sum(d.scored),
    pg_catalog.sum(d.confidence_sum)
  from comply_private.daily_rollups as d
  group by d.tenant_id, d.day
  order by d.tenant_id, d.day;

  set local row_security = off;
end;
$$;
