-- How a session proves for which tenant it works: the profile, and the keys that sign contexts. Creates tables,
-- so it waits for nobody. One row of settings, because a missing row must mean the strict profile.

create table comply_private.context_settings (
  singleton      boolean  not null default true,
  profile        text     not null default 'trusted',
  token_lifetime interval not null default '1 hour',

  constraint context_settings_pkey primary key (singleton),
  constraint context_settings_singleton_check check (singleton),
  constraint context_settings_profile_check check (profile in ('trusted', 'strict')),
  constraint context_settings_token_lifetime_check
    check (token_lifetime between interval '1 second' and interval '24 hours')
);

comment on table comply_private.context_settings is
  'One row: whether services are trusted to name their tenant, or have to prove it by a signed token.';
comment on column comply_private.context_settings.singleton is 'Always true: there is one row.';
comment on column comply_private.context_settings.profile is 'trusted or strict.';
comment on column comply_private.context_settings.token_lifetime is
  'A token that expires later than this from now is refused, so that none lives long.';

insert into comply_private.context_settings (profile) values ('trusted');

-- The two pads of HMAC-SHA256 instead of the key: with them core PostgreSQL computes the code by itself.
create table comply_private.context_keys (
  kid        text        not null,
  inner_pad  bytea       not null,
  outer_pad  bytea       not null,
  state      text        not null default 'active',
  created_at timestamptz not null default comply.now(),
  retired_at timestamptz,

  constraint context_keys_pkey primary key (kid),
  constraint context_keys_kid_check check (kid ~ '^[a-z0-9_-]{1,32}$'),
  constraint context_keys_pads_check check (length(inner_pad) = 64 and length(outer_pad) = 64),
  constraint context_keys_state_check check (state in ('active', 'verify_only', 'retired')),
  constraint context_keys_retired_at_check check ((retired_at is null) = (state <> 'retired'))
);

comment on table comply_private.context_keys is 'The keys that sign tenant contexts, as pads of HMAC-SHA256.';
comment on column comply_private.context_keys.kid is 'The name of the key, which every token carries.';
comment on column comply_private.context_keys.inner_pad is 'The key, filled up to 64 bytes, xor 0x36.';
comment on column comply_private.context_keys.outer_pad is 'The key, filled up to 64 bytes, xor 0x5c.';
comment on column comply_private.context_keys.state is
  'active signs and verifies, verify_only outlives its last token, retired does neither.';
comment on column comply_private.context_keys.created_at is 'When the key was added.';
comment on column comply_private.context_keys.retired_at is 'When it was retired; null until then.';
