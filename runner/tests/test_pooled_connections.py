"""A pool in transaction mode passes nothing on from client to client; where something does, it is seen."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator

import pooled_clients
import pooler
import pytest
from conftest import Database, Server
from pooled_clients import Outcome

CLIENTS, CONNECTIONS = 100, 5
# Against what ends a context with its transaction, leaves a session as it was, keeps the trail, and keeps a
# tenant's rows to it.
EDIT = """
do $do$
begin
  execute replace(pg_get_functiondef('{}'::regprocedure), $old${}$old$, $new${}$new$);
end;
$do$
"""
SET_CONTEXT = EDIT.format("comply_private.set_context(text, text, uuid)", "set local", "set")
SET_TOKEN = EDIT.format("comply.enter_signed(text, uuid)", ", true)", ", false)")
SET_ANOTHER = EDIT.format(
    "comply_private.set_context(text, text, uuid)",
    "  execute",
    "  perform set_config('work_mem', '5MB', false); execute",
)
NO_TRAIL = "alter table comply.storage_records disable trigger user"
TRUE_POLICIES = """
do $do$
declare
  v_policy text;
begin
  for v_policy in
    select p.policyname
    from pg_policies as p
    where p.schemaname = 'comply'
      and p.tablename = 'storage_records'
      and 'comply_app' = any (p.roles)
  loop
    execute format('alter policy %I on comply.storage_records using (true)', v_policy);
  end loop;
end;
$do$
"""
# As a function may that was meant to be fast: its plan outlives the tenant it was made for.
REMEMBERED = """
create or replace function comply.current_tenant()
returns text
language plpgsql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
  if coalesce(current_setting('probe.tenant', true), '') = '' then
    perform set_config('probe.tenant', current_setting('comply.tenant_id', true), false);
  end if;
  return nullif(current_setting('probe.tenant', true), '');
end;
$$;
"""


@pytest.fixture
def service(server: Server) -> Iterator[str]:
    """A login that is in comply_app and in nothing else."""
    name = f"test_service_{uuid.uuid4().hex[:12]}"
    with server.admin() as conn:
        conn.execute(f"create role {name} login in role comply_app")
        yield name
        conn.execute(f"drop role {name}")


@pytest.fixture
def work(installed: Database, service: str) -> Callable[..., tuple[Outcome, list[str], list[str]]]:
    """Let clients work through a pool; return what came out, what is left behind and what is untrue."""
    if not pooler.program():
        pytest.skip("pgbouncer is not installed: apt-get install pgbouncer")

    def run(
        profile: str, turns: int, broken_by: str = "", clients: int = CLIENTS
    ) -> tuple[Outcome, list[str], list[str]]:
        with installed.connect(None) as admin:
            tenants = pooled_clients.prepare(admin, tenants=30, records=5)
            if profile == "strict":
                pooled_clients.be_strict(admin)
            if broken_by:
                admin.execute(broken_by)
            look = pooled_clients.look_query(admin)
            upstream = f"host={installed.server.host} port={installed.server.port}"
            with pooler.pooler(upstream, [service], CONNECTIONS, clients + CONNECTIONS) as pool:
                dsn = f"{pool} user={service} dbname={installed.name}"
                outcome = pooled_clients.work(
                    dsn, look, tenants, clients=clients, strict=profile == "strict", turns=turns
                )
                left = pooled_clients.left_behind(dsn, look, CONNECTIONS)
            return outcome, left, pooled_clients.untrue(admin, service, outcome)

    return run


@pytest.mark.parametrize("profile", ["trusted", "strict"])
def test_nobody_sees_who_had_the_connection_before(work: Callable, profile: str) -> None:
    outcome, left, untrue = work(profile, turns=12)
    assert outcome.leaks == []
    assert outcome.errors == outcome.refusals == {}
    assert left == []
    assert untrue == []
    # Everything that there is to do was done, and the connections did go from tenant to tenant.
    assert outcome.transactions == 12 * CLIENTS
    assert len(outcome.acts) == 16
    assert outcome.turns > 9 * CLIENTS


@pytest.mark.parametrize(
    ("profile", "broken_by", "seen"),
    [
        pytest.param("trusted", SET_CONTEXT, {"leaks", "left", "untrue"}, id="context"),
        pytest.param("strict", SET_TOKEN, {"leaks", "left", "untrue"}, id="token"),
        pytest.param("trusted", REMEMBERED, {"leaks", "left"}, id="memory"),
        pytest.param("trusted", TRUE_POLICIES, {"leaks", "left"}, id="policies"),
        pytest.param("trusted", SET_ANOTHER, {"left"}, id="setting"),
        pytest.param("trusted", NO_TRAIL, {"untrue"}, id="trail"),
    ],
)
def test_who_looks_finds_what_is_left(work: Callable, profile: str, broken_by: str, seen: set[str]) -> None:
    outcome, left, untrue = work(profile, turns=5, broken_by=broken_by, clients=20)
    found = {"leaks": outcome.leaks, "left": left, "untrue": untrue}
    assert seen <= {name for name, what in found.items() if what}
