"""Two tenants change their audit level at once, and whoever is verbose in the end is logged."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import psycopg
import pytest
from conftest import Database, wait_until

HOOKS = "select count(*) from pg_policy where polname ~ '_(tenant|staff)_reads_noted$'"
MISSING = """
  select count(*)
  from comply_private.read_hooks()
  where is_there is distinct from nullif(is_wanted, false)
"""
WAITS = "select count(*) > 0 from pg_stat_activity where wait_event_type = 'Lock'"


@pytest.fixture
def tenants(installed: Database) -> Database:
    """A database with two tenants; nobody is verbose."""
    installed.run("select comply.add_tenant('acme'), comply.add_tenant('globex')")
    return installed


def level(connection: psycopg.Connection[Any], tenant: str, audit_level: str) -> None:
    """Change a tenant's level."""
    connection.execute(
        "update comply.tenant_configs set audit_level = %s where tenant_id = %s", [audit_level, tenant]
    )


def test_the_last_one_leaves_while_another_comes(tenants: Database) -> None:
    with tenants.connect(None) as first, tenants.connect(None) as second, ThreadPoolExecutor() as pool:
        level(first, "acme", "verbose")
        second.execute("begin")
        level(second, "globex", "verbose")
        leaving = pool.submit(level, first, "acme", "standard")
        wait_until(tenants, WAITS)
        second.execute("commit")
        leaving.result()
    assert tenants.value(HOOKS) > 0
    assert tenants.value(MISSING) == 0


def test_another_comes_while_the_last_one_leaves(tenants: Database) -> None:
    with tenants.connect(None) as first, tenants.connect(None) as second, ThreadPoolExecutor() as pool:
        level(first, "acme", "verbose")
        first.execute("begin")
        level(first, "acme", "standard")
        coming = pool.submit(level, second, "globex", "verbose")
        wait_until(tenants, WAITS)
        first.execute("commit")
        coming.result()
    assert tenants.value(HOOKS) > 0
    assert tenants.value(MISSING) == 0


def test_a_transaction_with_an_older_view_takes_nothing_away(tenants: Database) -> None:
    with tenants.connect(None) as first, tenants.connect(None) as second:
        level(first, "acme", "verbose")
        first.execute("begin isolation level repeatable read")
        first.execute("select from comply.tenant_configs")
        level(second, "globex", "verbose")
        level(first, "acme", "standard")
        first.execute("commit")
    assert tenants.value(HOOKS) > 0
    assert tenants.value(MISSING) == 0


def test_whoever_reads_for_long_makes_it_fail_and_nothing_is_changed(tenants: Database) -> None:
    with tenants.connect(None) as reader, tenants.connect(None) as admin:
        reader.execute("begin")
        reader.execute("select from comply.storage_records")
        with pytest.raises(psycopg.errors.LockNotAvailable):
            level(admin, "acme", "verbose")
    assert tenants.value(HOOKS) == 0
    assert tenants.value("select count(*) from comply.tenant_configs where audit_level = 'verbose'") == 0


def test_drift_and_another_deploy_leave_it_alone(tenants: Database, run_cli: Any) -> None:
    with tenants.connect(None) as admin:
        level(admin, "acme", "verbose")
    hooks = tenants.value(HOOKS)
    assert run_cli("drift", database=tenants).exit_code == 0
    assert run_cli("deploy", database=tenants).exit_code == 0
    assert (tenants.value(HOOKS), tenants.value(MISSING)) == (hooks, 0)
