-- What destroys calls this before it asks for holds, and in another statement, whose snapshot then has them all: a
-- hold that is being placed is either seen or waits until the destruction is done or given up. Two that destroy do
-- not wait for each other.
create or replace function comply_private.lock_holds()
returns void
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
begin
  if current_setting('transaction_isolation') <> 'read committed' then
    raise exception 'isolation level % would not see a hold that was placed since',
      current_setting('transaction_isolation')
      using errcode = 'PC308',
            hint    = 'Destroy in transactions of isolation level read committed.';
  end if;

  lock table comply.legal_holds in share mode;
end;
$$;

comment on function comply_private.lock_holds() is
  'Keep holds from being placed or released until the transaction ends. Waits for those that are being placed. '
  'Raises PC308.';

revoke execute on function comply_private.lock_holds() from public;
