"""What takes a login of its own, a transaction that ends or two sessions at once to show about tenants."""

import uuid
from collections.abc import Iterator

import psycopg
import pytest
from conftest import Database, Server
from psycopg import errors

TENANTS = ("acme", "globex")
TENANT_NOW = "select comply.current_tenant()"
SEEN = "select coalesce(string_agg(distinct tenant_id, ', '), 'none') from comply.storage_records"
ADD = """
    insert into comply.storage_records (
      tenant_id, id, "timestamp", source_data_hash, detector_type, model_version, mapped_data)
    values (%s, coalesce(%s, comply.new_id()), date_trunc('day', now()), repeat('a', 64), 'presidio', 'v1',
            '{"labels": ["PII.Person.Name"]}')
"""


@pytest.fixture
def two_tenants(installed: Database) -> Database:
    """A database with two tenants and a record of each."""
    with installed.connect(None) as conn:
        for tenant in TENANTS:
            conn.execute(
                "insert into comply.tenant_configs (tenant_id, display_name) values (%s, %s)",
                [tenant, tenant.title()],
            )
            conn.execute(ADD, [tenant, None])
    return installed


@pytest.fixture
def service(server: Server) -> Iterator[str]:
    """A login that is in comply_app and in nothing else."""
    name = f"test_service_{uuid.uuid4().hex[:12]}"
    with server.admin() as conn:
        conn.execute(f"create role {name} login in role comply_app")
        yield name
        conn.execute(f"drop role {name}")


def enter(conn: psycopg.Connection, tenant: str) -> None:
    """Begin to work for a tenant, in the transaction that is open."""
    conn.execute("select comply.enter(%s)", [tenant])


def value(conn: psycopg.Connection, query: str) -> object:
    """Return the one value of a query."""
    row = conn.execute(query).fetchone()
    return row and row[0]


@pytest.mark.parametrize("end", ["commit", "rollback"])
def test_the_context_ends_with_its_transaction(two_tenants: Database, service: str, end: str) -> None:
    with two_tenants.connect(service) as conn:
        conn.execute("begin")
        enter(conn, "acme")
        assert value(conn, TENANT_NOW) == "acme"
        conn.execute(end)
        assert value(conn, TENANT_NOW) is None
        # Empty and not unset: every comparison with the setting has to know both.
        assert value(conn, "select current_setting('comply.tenant_id')") == ""
        assert value(conn, SEEN) == "none"


def test_tenants_take_turns_on_one_pooled_connection(two_tenants: Database, service: str) -> None:
    with two_tenants.connect(service, prepare_threshold=1) as conn:
        for turn in range(12):
            with conn.transaction():
                assert value(conn, SEEN) == "none"
                enter(conn, TENANTS[turn % 2])
                assert value(conn, SEEN) == TENANTS[turn % 2]
            if turn % 3 == 0:
                with pytest.raises(errors.DivisionByZero), conn.transaction():
                    enter(conn, TENANTS[(turn + 1) % 2])
                    conn.execute("select 1 / 0")
            assert value(conn, SEEN) == "none"


def test_tenants_work_at_once_in_sessions_of_one_login(two_tenants: Database, service: str) -> None:
    with (
        two_tenants.connect(service) as one,
        two_tenants.connect(service) as other,
        one.transaction(),
        other.transaction(),
    ):
        enter(one, "acme")
        enter(other, "globex")
        assert (value(one, SEEN), value(other, SEEN)) == ("acme", "globex")


def test_one_tenant_never_waits_for_the_key_of_another(two_tenants: Database, service: str) -> None:
    """A unique index makes the second insert of a key wait for the first, which tells of a row to come."""
    key = uuid.UUID(int=7)
    with two_tenants.connect(service) as one, two_tenants.connect(service) as other:
        other.execute("set lock_timeout = '500ms'")
        with one.transaction():
            enter(one, "acme")
            one.execute(ADD, ["acme", key])
            with other.transaction():
                enter(other, "globex")
                other.execute(ADD, ["globex", key])

            # The same tenant does wait, so the key is indeed asked for.
            with pytest.raises(errors.LockNotAvailable), other.transaction():
                enter(other, "acme")
                other.execute(ADD, ["acme", key])


def test_a_retired_key_ends_the_work_of_who_holds_its_token(two_tenants: Database, service: str) -> None:
    with two_tenants.connect(None) as admin, two_tenants.connect(service) as conn:
        admin.execute("select comply.rotate_context_key('k1', %s)", [bytes(range(32))])
        admin.execute("select comply.set_profile('strict')")
        token = value(admin, "select comply.issue_token('acme', 'ana')")
        with conn.transaction():
            conn.execute("select comply.enter_signed(%s)", [token])
            assert value(conn, SEEN) == "acme"

            admin.execute("select comply.rotate_context_key('k2', %s)", [bytes(range(32, 64))])
            assert value(conn, SEEN) == "acme"

            admin.execute("select comply.retire_context_key('k1')")
            assert value(conn, SEEN) == "none"
            with pytest.raises(errors.InsufficientPrivilege), conn.transaction():
                conn.execute(ADD, ["acme", None])

        with pytest.raises(psycopg.Error) as refused, conn.transaction():
            conn.execute("select comply.enter_signed(%s)", [token])
        assert refused.value.sqlstate == "PC006"


def test_a_token_stands_in_no_statement_that_others_can_read(two_tenants: Database, service: str) -> None:
    with two_tenants.connect(None) as admin, two_tenants.connect(service) as conn:
        admin.execute("select comply.rotate_context_key('k1', %s)", [bytes(range(32))])
        token = value(admin, "select comply.issue_token('acme')")
        conn.execute("begin")
        conn.execute("select comply.enter_signed(%s)", [token])
        query = admin.execute(
            "select query from pg_stat_activity where pid = %s", [conn.info.backend_pid]
        ).fetchone()
        assert query == ("select comply.enter_signed($1)",)


def test_a_service_takes_on_nobody_else(two_tenants: Database, service: str) -> None:
    with two_tenants.connect(service) as conn:
        for role in ("comply_admin", "comply_owner", "comply_auditor", two_tenants.server.superuser):
            with pytest.raises(errors.InsufficientPrivilege):
                conn.execute(f"set session authorization {role}")
            with pytest.raises(errors.InsufficientPrivilege):
                conn.execute(f"set role {role}")
        conn.execute("reset session authorization")
        conn.execute("reset role")
        assert value(conn, "select session_user || ' ' || current_user") == f"{service} {service}"


def test_copy_goes_through_the_policies(two_tenants: Database, service: str) -> None:
    with two_tenants.connect(service) as conn, conn.transaction():
        enter(conn, "acme")
        with conn.cursor().copy("copy (select tenant_id from comply.storage_records) to stdout") as copy:
            assert [bytes(line) for line in copy] == [b"acme\n"]

        for statement, refused in {
            "copy comply_private.context_keys to stdout": errors.InsufficientPrivilege,
            "copy comply.audit_trail from stdin": errors.InsufficientPrivilege,
            "copy comply.storage_records (tenant_id) from stdin": errors.FeatureNotSupported,
        }.items():
            with pytest.raises(refused), conn.transaction(), conn.cursor().copy(statement):
                pass
