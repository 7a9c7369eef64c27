-- The partitions of this month and the next three, so that a fresh installation takes records at once. Creates
-- tables, so it waits for nobody.

do $$
begin
  perform comply.ensure_partitions(3);
end;
$$;
