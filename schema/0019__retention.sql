-- What may not be destroyed, and what has to be. Creates tables, so it waits for nobody. Until the files in
-- policies/ have run, only the owner gets in.

create table comply.legal_holds (
  tenant_id      text        not null,
  id             uuid        not null default comply.new_id(),
  matter         text        not null,
  reason         text        not null,
  covers_from    timestamptz,
  covers_until   timestamptz,
  placed_by      text        not null default session_user,
  placed_at      timestamptz not null default comply.now(),
  released_by    text,
  released_at    timestamptz,
  release_reason text,
  updated_at     timestamptz not null default comply.now(),

  constraint legal_holds_pkey primary key (tenant_id, matter),
  constraint legal_holds_tenant_id_check check (length(tenant_id) between 1 and 63),
  constraint legal_holds_matter_check check (length(matter) <= 200 and matter ~ '^\S(.*\S)?$'),
  constraint legal_holds_reason_check check (reason ~ '\S'),
  constraint legal_holds_covers_check check (covers_from < covers_until),
  constraint legal_holds_release_check check (
    (released_at is null) = (released_by is null)
    and (released_at is null) = (release_reason is null)
  ),
  constraint legal_holds_release_reason_check check (release_reason ~ '\S')
);

comment on table comply.legal_holds is
  'One row a tenant and matter: what may not be destroyed, who said so, and since when.';
comment on column comply.legal_holds.tenant_id is 'The tenant whose data is held.';
comment on column comply.legal_holds.id is 'The name of this row in the audit trail.';
comment on column comply.legal_holds.matter is 'The case that the hold serves, as legal counsel names it.';
comment on column comply.legal_holds.reason is
  'Why the data is held, in words that an auditor and the tenant will read.';
comment on column comply.legal_holds.covers_from is 'Covers rows from this time on; null: from the first.';
comment on column comply.legal_holds.covers_until is 'Covers rows before this time; null: all to come.';
comment on column comply.legal_holds.placed_by is 'The login that placed the hold; callers cannot choose it.';
comment on column comply.legal_holds.placed_at is 'When the hold began to stand.';
comment on column comply.legal_holds.released_by is 'The login that released it; null while it stands.';
comment on column comply.legal_holds.released_at is 'When it was released; null while it stands.';
comment on column comply.legal_holds.release_reason is 'Why it was released; null while it stands.';
comment on column comply.legal_holds.updated_at is 'When the row last changed.';
