"""A database that was dumped and restored into another server, where transactions count anew."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from comply_db import embedded
from conftest import Database

CACHE = Path(__file__).parents[2] / ".cache"
ROLES = ("owner", "app", "reader", "analyst", "auditor", "admin", "operator")
RECORD = """
    insert into comply.storage_records (
      tenant_id, source_data_hash, detector_type, model_version, mapped_data, confidence_score)
    select %s, encode(sha256(gen_random_uuid()::text::bytea), 'hex'), 'presidio', 'test-1',
      '{"labels": ["PII.Person.Name"]}', 0.9
    from generate_series(1, %s)
"""
USED = "do $$ begin for i in 1 .. 20000 loop perform pg_current_xact_id(); commit; end loop; end $$"


@pytest.fixture(scope="module")
def other() -> Iterator[embedded.Server]:
    """A fresh server of the version that is tested."""
    with psycopg.connect("") as conn:
        major = conn.info.server_version // 10000
    folder = Path(tempfile.mkdtemp(prefix="comply-db-home-"))
    folder.chmod(0o755)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("COMPLY_DB_HOME", str(folder))
        try:
            yield embedded.start("other", major=major, settings={"fsync": "off"}, cache=CACHE)
        finally:
            embedded.remove("other")
            shutil.rmtree(folder)


@pytest.fixture
def restored(installed: Database, other: embedded.Server) -> Iterator[tuple[psycopg.Connection, str]]:
    """A connection to what was restored, and the last digest that had left the database before."""
    with installed.connect(None) as conn:
        # As a server that has been in use: further than a restore takes the other one.
        conn.execute(USED)
        conn.execute("select comply.add_tenant(t) from unnest(array['acme', 'globex']) as t")
        for tenant in ("acme", "globex", "acme"):
            conn.execute(RECORD, [tenant, 1500])
        conn.execute("call comply.seal_audit()")
        digest = conn.execute("select comply.checkpoint()").fetchone()[0]
        # Not sealed when the backup was taken.
        conn.execute(RECORD, ["globex", 10])

    dump = ["pg_dump", "--format=custom", installed.admin_dsn]
    archive = subprocess.run(dump, check=True, capture_output=True, env=other.environment()).stdout
    with psycopg.connect(other.dsn(), autocommit=True) as conn:
        for role in ROLES:
            conn.execute(f"create role comply_{role}")
        conn.execute("create database restored")
    restore = ["pg_restore", "--exit-on-error", "--dbname=restored"]
    subprocess.run(restore, input=archive, check=True, capture_output=True, env=other.environment())
    with psycopg.connect(other.dsn("restored"), autocommit=True) as conn:
        behind = "select pg_current_xact_id() < sealed_to from comply_private.ledger_state"
        assert conn.execute(behind).fetchone()[0]
        yield conn, digest


def _problems(conn: psycopg.Connection, digest: str | None = None) -> list[tuple]:
    return conn.execute(
        "select problem, tenant, audit_id from comply.verify_audit(null, %s)", [digest]
    ).fetchall()


def test_a_restored_ledger_goes_on_in_a_new_incarnation(restored: tuple[psycopg.Connection, str]) -> None:
    conn, digest = restored
    with pytest.raises(psycopg.Error) as refused:
        conn.execute("call comply.seal_audit()")
    assert refused.value.sqlstate == "PC204"
    assert "begin_incarnation" in refused.value.diag.message_hint

    conn.execute("select comply.begin_incarnation('restored into another server', %s)", [digest])
    assert _problems(conn, digest) == []
    rows = "select count(*) from comply.audit_trail where table_name <> 'ledger_incarnations'"
    leaves = "select sum(leaf_count)::bigint from comply.ledger_blocks"
    assert conn.execute(rows).fetchone() == conn.execute(leaves).fetchone()

    # Transactions count anew: what is written now has lower numbers than what was sealed long ago.
    before = conn.execute("select max(xid_from::text::numeric) from comply.ledger_blocks").fetchone()[0]
    conn.execute(RECORD, ["acme", 1500])
    conn.execute("update comply.tenant_configs set display_name = 'Acme' where tenant_id = 'acme'")
    assert conn.execute("select pg_current_xact_id()::text::numeric < %s", [before]).fetchone() == (True,)
    conn.execute("call comply.seal_audit()")
    conn.execute("select comply.checkpoint()")
    assert _problems(conn, digest) == []
    rows = "select count(*) from comply.audit_trail"
    assert conn.execute(rows).fetchone() == conn.execute(leaves).fetchone()

    reason = conn.execute("""
        select a.new_values ->> 'reason', a.new_values ->> 'known_digest'
        from comply.audit_trail as a
        where a.tenant_id = '_system' and a.table_name = 'ledger_incarnations'
    """).fetchone()
    assert reason == ("restored into another server", digest)

    # Both lives are watched: a row of each is edited, by somebody whom no trigger stops.
    edited = [
        conn.execute(
            "select id from comply.audit_trail where tenant_id = 'acme' order by id limit 1 offset %s",
            [offset],
        ).fetchone()[0]
        for offset in (100, 4000)
    ]
    conn.execute("set session_replication_role = replica")
    conn.execute("""
        do $$
        declare
          v_table regclass;
        begin
          for v_table in
            select relid from pg_partition_tree('comply.audit_trail')
          loop
            execute format('alter table %s disable trigger user', v_table);
          end loop;
        end;
        $$
    """)
    conn.execute("update comply.audit_trail set actor = 'nobody' where id = any (%s)", [edited])
    found = [problem for problem in _problems(conn) if problem[0] == "row_edited"]
    assert sorted(found) == sorted(("row_edited", "acme", row) for row in edited)


def test_an_incarnation_needs_a_reason(installed: Database) -> None:
    for reason in (None, "", "  "):
        with installed.connect(None) as conn, pytest.raises(psycopg.Error) as refused:
            conn.execute("select comply.begin_incarnation(%s)", [reason])
        assert refused.value.sqlstate == "PC231"
