-- A uuid of version 7 on every supported PostgreSQL; uuidv7() is there from 18 on only.
create or replace function comply.new_id()
returns uuid
language sql
volatile
parallel safe
return (
  lpad(to_hex((date_part('epoch', clock_timestamp()) * 1000)::bigint), 12, '0')
  || '7'
  || substr(gen_random_uuid()::text, 16)
)::uuid;

comment on function comply.new_id() is 'Make a uuid that sorts after those made in earlier milliseconds.';

revoke execute on function comply.new_id() from public;
grant  execute on function comply.new_id() to comply_app, comply_admin;
