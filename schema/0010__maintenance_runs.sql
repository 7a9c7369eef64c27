-- When each kind of upkeep last ran, for comply.health(). Creates a table, so it waits for nobody.

create table comply_private.maintenance_runs (
  task   text        not null,
  ran_at timestamptz not null,
  result text        not null,

  constraint maintenance_runs_pkey primary key (task)
);

comment on table comply_private.maintenance_runs is 'One row a kind of upkeep: its last run.';
comment on column comply_private.maintenance_runs.task is 'The function that does it.';
comment on column comply_private.maintenance_runs.ran_at is 'When it last ran to its end.';
comment on column comply_private.maintenance_runs.result is 'What it did.';
