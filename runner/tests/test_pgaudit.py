"""pgaudit beside the access log, set as docs/reading.md says: what each sees that the other does not.

Debian has it for PostgreSQL 15; where the library is not installed there is nothing to run beside.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import psycopg
import pytest
import server_log
from comply_db import embedded

SETTINGS = {
    "shared_preload_libraries": "pgaudit",
    "pgaudit.log": "ddl,role,function",
    "pgaudit.log_statement": "off",
    "pgaudit.role": "comply_auditor",
    "log_min_error_statement": "fatal",
}


@pytest.fixture(scope="module")
def audited() -> Iterator[embedded.Server]:
    """A server with pgaudit, into which everything was deployed."""
    with psycopg.connect("") as connection:
        known = connection.execute("select 1 from pg_available_extensions where name = 'pgaudit'").fetchone()
    if not known:
        pytest.skip("pgaudit is not installed for this server")
    with server_log.running("pgaudit", **SETTINGS) as server:
        with psycopg.connect(server.dsn(), autocommit=True) as admin:
            admin.execute("create extension pgaudit")
        server_log.deploy(server)
        yield server


@pytest.fixture
def written(audited: embedded.Server) -> Callable[[], str]:
    """What the log got since the test began."""
    return server_log.from_now(audited)


def connect(server: embedded.Server, login: str) -> psycopg.Connection[Any]:
    """Connect as a login."""
    return psycopg.connect(server.dsn(user=login))


def test_it_sees_what_changes_rights_and_tables(audited, written) -> None:
    with connect(audited, "postgres") as admin:
        admin.execute("grant comply_admin to service")
        admin.execute("alter table comply.audit_trail disable trigger _100_refuse_change")
        admin.rollback()
    assert "SESSION,1,1,ROLE,GRANT ROLE" in written()
    assert "SESSION,2,1,DDL,ALTER TABLE,TABLE,comply.audit_trail" in written()


def test_it_sees_reads_of_what_its_role_may_read_and_a_rollback_does_not_undo_that(audited, written) -> None:
    with connect(audited, "auditor") as auditor:
        auditor.execute("select count(*) from comply.audit_trail where actor = 'a secret'")
        auditor.rollback()
    assert "OBJECT,1,1,READ,SELECT,TABLE,comply.audit_trail" in written()
    (entry,) = server_log.entries(written(), "comply.access")
    assert (entry["user_id"], entry["table_name"]) == ("auditor", "audit_trail")
    assert "secret" not in written()


def test_it_is_blind_inside_a_definer_function_and_the_access_log_is_not(audited, written) -> None:
    with connect(audited, "auditor") as auditor:
        auditor.execute("select * from comply.tenant_overview()")
    assert "FUNCTION,EXECUTE,FUNCTION,comply.tenant_overview" in written()
    assert "READ,SELECT" not in written()
    (entry,) = server_log.entries(written(), "comply.access")
    assert (entry["tenant_id"], entry["table_name"]) == ("_system", "storage_records")


def test_it_does_not_know_the_tenant(audited, written) -> None:
    with connect(audited, "service") as service:
        service.execute("select comply.enter('acme', 'ana')")
        service.execute("select count(*) from comply.audit_trail")
    (read,) = [line for line in written().split("\n") if "READ,SELECT,TABLE,comply.audit_trail" in line]
    assert "acme" not in read
    (entry,) = server_log.entries(written(), "comply.access")
    assert (entry["tenant_id"], entry["actor"]) == ("acme", "ana")
