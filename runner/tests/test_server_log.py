"""What the server's own log keeps of reads and refusals, whatever becomes of their transactions.

Each test asks the file of a server that is started for it: nothing else tells what a ROLLBACK leaves.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import psycopg
import pytest
import server_log
from comply_db import embedded
from server_log import entries

SECRET = "4111 1111 1111 1111"
REQUEST = "00000000-0000-4000-8000-0000000000ca"
READ = f"select count(*) from comply.storage_records where metadata ->> 'card' = '{SECRET}'"


@pytest.fixture(scope="module")
def logged() -> Iterator[embedded.Server]:
    """A server of its own with everything deployed."""
    with server_log.running("server-log", max_prepared_transactions="2") as server:
        server_log.deploy(server)
        yield server


@pytest.fixture
def service(logged: embedded.Server) -> Iterator[psycopg.Connection[Any]]:
    """A service's connection, in no transaction."""
    with psycopg.connect(logged.dsn(user="service")) as connection:
        yield connection
        connection.rollback()


@pytest.fixture
def written(logged: embedded.Server) -> Callable[[], str]:
    """What the log got since the test began."""
    return server_log.from_now(logged)


def enter(connection: psycopg.Connection[Any], tenant: str = "acme") -> None:
    """Begin a transaction for a tenant."""
    connection.execute("select comply.enter(%s, 'ana', %s)", [tenant, REQUEST])


def rows(server: embedded.Server, table: str, request: str = REQUEST) -> list[dict[str, Any]]:
    """Return the rows of a log for a request, as an auditor sees them, without leaving one."""
    with psycopg.connect(server.dsn(), row_factory=psycopg.rows.dict_row) as admin:
        query = f"select * from comply.{table} where correlation_id = %s order by id"
        return admin.execute(query, [request]).fetchall()


def test_a_read_that_is_rolled_back_keeps_its_line(logged, service, written) -> None:
    enter(service)
    before = rows(logged, "access_log")
    service.execute(READ)
    service.rollback()
    (entry,) = entries(written(), "comply.access")
    assert (entry["tenant_id"], entry["table_name"], entry["user_id"]) == (
        "acme",
        "storage_records",
        "service",
    )
    assert (entry["actor"], entry["correlation_id"]) == ("ana", REQUEST)
    assert entry["query_text"] == "select count(*) from comply.storage_records where metadata ->> ? = ?"
    assert rows(logged, "access_log") == before


def test_a_read_that_stays_has_the_row_that_its_line_names(logged, service, written) -> None:
    enter(service)
    service.execute(READ)
    service.commit()
    (entry,) = entries(written(), "comply.access")
    row = rows(logged, "access_log")[-1]
    assert (str(row["id"]), row["seq"], row["query_text"]) == (
        entry["id"],
        entry["seq"],
        entry["query_text"],
    )
    assert entry["has_row"] is True
    assert SECRET not in str(row)


def test_a_number_that_is_missing_is_a_read_that_was_rolled_back(logged, service, written) -> None:
    for is_kept in (True, False, True):
        enter(service)
        service.execute(READ)
        (service.commit if is_kept else service.rollback)()
    kept, gone, last = (entry["seq"] for entry in entries(written(), "comply.access"))
    numbers = [row["seq"] for row in rows(logged, "access_log")]
    assert (kept in numbers, gone in numbers, last in numbers) == (True, False, True)
    assert last - kept == 2


def test_a_tenant_that_is_not_verbose_leaves_no_line(service, written) -> None:
    enter(service, "globex")
    service.execute(READ)
    service.commit()
    assert "comply.access" not in written()


def test_a_read_only_transaction_leaves_the_line_alone(logged, service, written) -> None:
    before = rows(logged, "access_log")
    service.read_only = True
    enter(service)
    service.execute(READ)
    service.commit()
    (entry,) = entries(written(), "comply.access")
    assert entry["has_row"] is False
    assert "seq" not in entry
    assert rows(logged, "access_log") == before


def test_a_standby_has_no_place_for_a_row(logged) -> None:
    """A copy of the server that follows it, as every replica of a managed service does."""
    home = logged.home / "standby"
    programs, data = logged.installation.bin, home / "data"
    backup = [programs / "pg_basebackup", "-h", logged.host, "-p", embedded.PORT, "-U", embedded.SUPERUSER]
    made = embedded._as_account([*backup, "-D", data, "-R", "-X", "stream", "-c", "fast"], logged.home)
    assert made.returncode == 0, made.stderr
    options = f"-c port={embedded.PORT + 1} -c hot_standby=on"
    pg_ctl = [programs / "pg_ctl", "-D", data, "-w", "-l", home / "log"]
    conf = f"-c config_file={logged.home.with_suffix('.conf')} -c data_directory={data}"
    started = embedded._as_account([*pg_ctl, "-o", f"{conf} {options}", "start"], logged.home)
    try:
        assert started.returncode == 0, (home / "log").read_text()
        dsn = logged.dsn(user="service").replace(f"port={embedded.PORT}", f"port={embedded.PORT + 1}")
        with psycopg.connect(dsn) as replica:
            enter(replica)
            assert replica.execute("select pg_is_in_recovery()").fetchone() == (True,)
            replica.execute(READ)
            replica.execute("select * from comply.search_records('{}')")
            assert replica.execute("select comply.try_enter('none')").fetchone() == ("PC003",)
    finally:
        embedded._as_account([*pg_ctl, "-m", "immediate", "stop"], logged.home)
    said = (home / "log").read_text(encoding="utf-8")
    assert [entry["has_row"] for entry in entries(said, "comply.access")] == [False, False]
    assert [entry["code"] for entry in entries(said, "comply.security")] == ["PC003"]


def test_the_line_has_no_literal_but_the_server_adds_the_statement(logged, service, written) -> None:
    enter(service)
    service.execute(READ)
    service.commit()
    said = written()
    assert [line for line in said.splitlines() if SECRET in line and "STATEMENT:" not in line] == []
    assert SECRET in said
    with psycopg.connect(logged.dsn()) as admin:
        health = admin.execute("select status from comply.health() where name = 'reads_logged'").fetchone()
    assert health == ("warn",)


@pytest.mark.parametrize(
    "change",
    [
        "alter role service set log_min_error_statement = fatal",
        "grant set on parameter log_min_error_statement to comply_owner",
    ],
)
def test_a_setting_or_a_grant_keeps_the_statement_out(logged, written, change) -> None:
    undo = {"alter": "alter role service reset log_min_error_statement"}.get(
        change.split()[0], "revoke set on parameter log_min_error_statement from comply_owner"
    )
    with psycopg.connect(logged.dsn(), autocommit=True) as admin:
        admin.execute(change)
        try:
            with psycopg.connect(logged.dsn(user="service")) as connection:
                before = connection.execute("show log_min_error_statement").fetchone()
                enter(connection)
                connection.execute(READ)
                assert connection.execute("show log_min_error_statement").fetchone() == before
        finally:
            admin.execute(undo)
    assert len(entries(written(), "comply.access")) == 1
    assert SECRET not in written()


def test_bound_parameters_are_in_neither(service, written) -> None:
    enter(service)
    service.execute(READ.replace(f"'{SECRET}'", "%s"), [SECRET])
    service.commit()
    assert len(entries(written(), "comply.access")) == 1
    assert SECRET not in written()


def test_what_a_client_says_cannot_break_the_line(service, written) -> None:
    service.execute("select set_config('application_name', %s, false)", ['x"\n%e LOG:  comply.access {}'])
    service.execute("set comply.tenant_id = 'acme'")
    service.execute("select set_config('comply.actor', %s, false)", ["ana\nLOG:  comply.security {}\u2028"])
    service.execute(READ)
    service.commit()
    (entry,) = entries(written(), "comply.access")
    assert entry["actor"] == "ana\nLOG:  comply.security {}\u2028"
    assert entries(written(), "comply.security") == []


def test_a_line_that_a_login_makes_up_bears_its_name(service, written) -> None:
    service.execute('do $$ begin raise log \'comply.access {"user_id": "auditor"}\'; end $$')
    service.commit()
    (entry,) = entries(written(), "comply.access")
    assert (entry["login"], entry["user_id"]) == ("service", "auditor")


REFUSALS = {
    "an unknown tenant": ("PC003", "select comply.enter('none')"),
    "an impossible tenant": ("PC001", "select comply.enter('NONE')"),
    "a forged token": ("PC006", "select comply.enter_signed('v1.k.acme..1.0123456789abcdef.00')"),
    "no context": ("PC004", "select * from comply.search_records('{}')"),
}


@pytest.mark.parametrize(("code", "statement"), REFUSALS.values(), ids=REFUSALS.keys())
def test_an_own_refusal_leaves_a_line_and_its_sqlstate(service, written, code, statement) -> None:
    with pytest.raises(psycopg.Error) as refused:
        service.execute(statement)
    service.rollback()
    assert refused.value.sqlstate == code
    (entry,) = entries(written(), "comply.security")
    assert (entry["code"], entry["user_id"]) == (code, "service")
    assert f"{code} service" in written()


def test_a_change_of_evidence_leaves_one(logged, written) -> None:
    with psycopg.connect(logged.dsn()) as admin, pytest.raises(psycopg.Error) as refused:
        admin.execute("delete from comply.audit_trail")
    assert refused.value.sqlstate == "PC002"
    (entry,) = entries(written(), "comply.security")
    assert (entry["code"], entry["table_name"]) == ("PC002", "comply.audit_trail")


def test_a_read_that_is_refused_leaves_both(logged, service, written) -> None:
    with psycopg.connect(logged.dsn(), autocommit=True) as admin:
        admin.execute("select comply.set_unwritable_reads('refuse')")
        try:
            service.read_only = True
            enter(service)
            with pytest.raises(psycopg.Error) as refused:
                service.execute(READ)
        finally:
            admin.execute("select comply.set_unwritable_reads('log')")
    assert refused.value.sqlstate == "PC210"
    assert [entry["has_row"] for entry in entries(written(), "comply.access")] == [False]


def test_a_write_for_another_tenant_leaves_the_servers_line_only(logged, service, written) -> None:
    enter(service)
    with pytest.raises(psycopg.Error) as refused:
        service.execute(
            "insert into comply.model_metrics (tenant_id, model_version, metric_name, metric_value)"
            " values ('globex', '1', 'drift', 1)"
        )
    service.rollback()
    assert refused.value.sqlstate == "42501"
    assert entries(written(), "comply.security") == []
    assert "42501 service" in written()
    assert "new row violates row-level security policy" in written()

    enter(service)
    service.execute("select comply.report_denial('42501', 'model_metrics', 'insert')")
    service.commit()
    row = rows(logged, "security_events")[-1]
    assert (row["tenant_id"], row["code"], row["table_name"]) == ("acme", "42501", "model_metrics")


def test_a_refusal_that_is_returned_stays_as_a_row(logged, service, written) -> None:
    request = "00000000-0000-4000-8000-0000000000cf"
    answer = service.execute("select comply.try_enter('none', 'ana', %s)", [request]).fetchone()
    service.commit()
    assert answer == ("PC003",)
    (entry,) = entries(written(), "comply.security")
    (row,) = rows(logged, "security_events", request)
    assert (row["tenant_id"], row["code"], row["seq"]) == ("_system", "PC003", entry["seq"])


def test_a_prepared_transaction_keeps_its_row(logged, service) -> None:
    before = len(rows(logged, "access_log"))
    service.autocommit = True
    service.execute("begin")
    enter(service)
    service.execute(READ)
    service.execute("prepare transaction 'reader'")
    assert len(rows(logged, "access_log")) == before
    service.execute("commit prepared 'reader'")
    assert len(rows(logged, "access_log")) == before + 1


def test_an_auditors_read_is_logged_for_nobodys_tenant(logged, written) -> None:
    with psycopg.connect(logged.dsn(user="auditor")) as auditor:
        auditor.execute("select count(*) from comply.audit_trail")
        auditor.rollback()
    (entry,) = entries(written(), "comply.access")
    assert (entry["tenant_id"], entry["user_id"], entry["table_name"]) == (
        "_system",
        "auditor",
        "audit_trail",
    )
