"""What checks say of a real network: sessions with and without TLS, and the rules of who comes in."""

from __future__ import annotations

import shutil
import socket
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg
import pytest
import server_log
from comply_db import embedded
from psycopg.types.json import Jsonb
from test_connect import Authority

LOCAL = "local all all trust\n"


@pytest.fixture(scope="module")
def address() -> str:
    """An address of this machine that is not its loopback interface's."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))
        except OSError:
            pytest.skip("this machine has no network")
        return probe.getsockname()[0]


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    """A folder that the account of the server may read."""
    path = Path(tempfile.mkdtemp(prefix="comply-db-checks-"))
    path.chmod(0o755)
    yield path
    shutil.rmtree(path)


@pytest.fixture(scope="module")
def rules(folder: Path, address: str) -> Path:
    """The rules by which clients come in."""
    path = folder / "pg_hba.conf"
    path.write_text(f"{LOCAL}host all remote {address}/32 scram-sha-256\n")
    return path


@pytest.fixture(scope="module")
def port(address: str) -> Iterator[int]:
    """A port that nobody listens to: tests of other versions run at the same time."""
    with socket.socket() as probe:
        probe.bind((address, 0))
        free = probe.getsockname()[1]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(embedded, "PORT", free)
        yield free


@pytest.fixture(scope="module")
def networked(address: str, port: int, folder: Path, rules: Path) -> Iterator[embedded.Server]:
    """A server that listens to a network, with everything deployed and a service that comes by it."""
    with server_log.running("checks", listen_addresses=address, hba_file=str(rules)) as server:
        server_log.deploy(server)
        with psycopg.connect(server.dsn(), autocommit=True) as admin:
            # From version 16 on a deployer that is no superuser cannot grant it.
            admin.execute("grant pg_read_all_stats to comply_owner")
            admin.execute("create role remote login password 'correct horse' in role comply_app")
            admin.execute("create role administrator login in role comply_admin")
            certificate, key = Authority.create(folder, "ours").issue("localhost")
            account = embedded._account()
            if account:
                shutil.chown(key, account.pw_name)
            admin.execute(f"alter system set ssl_cert_file = '{certificate}'")
            admin.execute(f"alter system set ssl_key_file = '{key}'")
        yield server


def remote(server: embedded.Server, address: str, sslmode: str) -> psycopg.Connection:
    """Connect as the service, by the network."""
    return psycopg.connect(
        f"host={address} port={embedded.PORT} dbname=postgres user=remote password='correct horse' "
        f"sslmode={sslmode}"
    )


def found(server: embedded.Server, check: str) -> dict[str, str]:
    """Return the status of each subject of a check, as an auditor runs it."""
    with psycopg.connect(server.dsn(user="auditor"), autocommit=True) as auditor:
        rows = auditor.execute(f"select subject, status from comply.check_{check}()").fetchall()
    return dict(rows)


def execute(server: embedded.Server, *statements: str) -> None:
    """Run statements as the superuser."""
    with psycopg.connect(server.dsn(), autocommit=True) as admin:
        for statement in statements:
            admin.execute(statement)


def test_sessions_that_come_by_a_network_are_to_be_encrypted(
    networked: embedded.Server, address: str
) -> None:
    assert found(networked, "sessions_encrypted") == {"setting ssl": "fail"}

    with remote(networked, address, "disable"):
        execute(networked, "revoke pg_read_all_stats from comply_owner")
        assert found(networked, "sessions_encrypted")["sessions of remote"] == "manual"
        execute(networked, "grant pg_read_all_stats to comply_owner")
        assert found(networked, "sessions_encrypted") == {"setting ssl": "fail", "sessions of remote": "fail"}

    execute(networked, "alter system set ssl = on", "select pg_reload_conf()")
    with psycopg.connect(networked.dsn(), autocommit=True) as admin:
        for _ in range(100):
            if admin.execute("show ssl").fetchone() == ("on",):
                break
            admin.execute("select pg_sleep(0.05)")

    with remote(networked, address, "require"):
        assert found(networked, "sessions_encrypted") == {"ways in by network": "pass"}
        with remote(networked, address, "disable"):
            assert found(networked, "sessions_encrypted") == {
                "sessions of remote": "fail",
                "ways in by network": "pass",
            }


def test_rules_are_judged_once_they_may_be_read(
    networked: embedded.Server, rules: Path, address: str
) -> None:
    execute(networked, "grant pg_read_all_settings to comply_owner")
    check = "authentication_settings"
    assert found(networked, check)["pg_hba.conf"] == "manual"

    execute(networked, "grant execute on function pg_hba_file_rules() to comply_owner")
    rest = {"settings and rules": "pass"}
    assert found(networked, check) == rest | {"pg_hba.conf line 1": "fail"}

    before = rules.read_text()
    try:
        rules.write_text(f"local all all peer\nhostssl all remote {address}/32 scram-sha-256\n")
        assert found(networked, check) == rest
        rules.write_text(f"local all all peer\n\nhost all remote {address}/32 password\n")
        assert found(networked, check) == rest | {"pg_hba.conf line 3": "fail"}
    finally:
        rules.write_text(before)


def test_a_run_and_those_who_write_do_not_wait_for_each_other(networked: embedded.Server) -> None:
    write = """
        insert into comply.model_metrics (model_version, metric_name, metric_value, tenant_id)
        values ('test-1', 'precision', 0.9, 'globex')
    """
    with (
        psycopg.connect(networked.dsn(user="auditor")) as first,
        psycopg.connect(networked.dsn(user="auditor")) as second,
        psycopg.connect(networked.dsn(user="service")) as service,
    ):
        service.execute("select comply.enter('globex')")
        service.execute(write)
        for auditor in (first, second):
            auditor.execute("set lock_timeout = '2s'")
            auditor.execute("select comply.run_checks()")

        service.execute("set lock_timeout = '2s'")
        service.execute(write)
        service.commit()
        execute(networked, "set lock_timeout = '2s'; select comply.add_tenant('initech')")

    with psycopg.connect(networked.dsn(user="auditor")) as auditor:
        runs = auditor.execute("""
            select r.finding_count = count(*), count(*) filter (where f.status = 'error')
            from comply.check_runs as r
            join comply.findings as f on f.run_id = r.id
            group by r.id, r.finding_count
        """).fetchall()
    assert runs == [(True, 0), (True, 0)]


@pytest.mark.parametrize("tenant", ["globex", None])
@pytest.mark.parametrize("second_version", ["1", "2"])
def test_two_who_define_a_framework_at_once_define_one(
    networked: embedded.Server, tenant: str | None, second_version: str
) -> None:
    name = f"rules-of-{tenant}-{second_version}".lower()

    def define(connection: psycopg.Connection, version: str) -> tuple[bool]:
        if tenant:
            connection.execute("select comply.enter(%s)", [tenant])
        definition = {
            "framework_id": name,
            "version": version,
            "title": "Rules",
            "controls": [{"control_id": "R1", "title": "A rule"}],
            "mappings": [{"control_id": "R1", "check": "rls_forced", "coverage": "full"}],
        }
        return connection.execute("select comply.define_framework(%s)", [Jsonb(definition)]).fetchone()

    user = "service" if tenant else "administrator"
    with (
        psycopg.connect(networked.dsn(user=user)) as first,
        psycopg.connect(networked.dsn(user=user)) as second,
        ThreadPoolExecutor(1) as pool,
    ):
        assert define(first, "1") == (True,)
        waiting = pool.submit(define, second, second_version)
        wait_for_lock(networked, second)
        first.commit()
        assert waiting.result(30) == (second_version != "1",)
        second.commit()

    with psycopg.connect(networked.dsn(), autocommit=True) as admin:
        rows = admin.execute(
            "select version from comply.all_mappings where framework_id = %s and valid_until is null", [name]
        )
        assert rows.fetchall() == [(second_version,)]


def test_a_name_is_of_one_tenant_or_of_every_one(networked: embedded.Server) -> None:
    definition = Jsonb(
        {
            "framework_id": "taken-rules",
            "version": "1",
            "title": "Rules",
            "controls": [{"control_id": "R1", "title": "A rule"}],
        }
    )
    define = "select comply.define_framework(%s)"
    with (
        psycopg.connect(networked.dsn(user="service")) as service,
        psycopg.connect(networked.dsn(user="administrator")) as administrator,
        ThreadPoolExecutor(1) as pool,
    ):
        service.execute("select comply.enter('globex')")
        assert service.execute(define, [definition]).fetchone() == (True,)
        waiting = pool.submit(administrator.execute, define, [definition])
        wait_for_lock(networked, administrator)
        service.commit()
        with pytest.raises(psycopg.Error) as refused:
            waiting.result(30)
        assert refused.value.sqlstate == "PC601"


def wait_for_lock(server: embedded.Server, connection: psycopg.Connection) -> None:
    """Wait until a connection waits for another."""
    query = "select wait_event_type = 'Lock' from pg_stat_activity where pid = %s"
    with psycopg.connect(server.dsn(), autocommit=True) as admin:
        for _ in range(600):
            if admin.execute(query, [connection.info.backend_pid]).fetchone() == (True,):
                return
            time.sleep(0.05)
    raise AssertionError("nobody waits")
