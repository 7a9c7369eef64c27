"""What one large statement leaves behind in its session, as auto_explain tells of it."""

import psycopg
import pytest
from conftest import Database

INSERT = (
    "insert into comply.storage_records"
    " (tenant_id, source_data_hash, detector_type, model_version, mapped_data)"
    " select 'acme', repeat('a', 64), 'openai-moderation', 'omni', '{\"labels\": [\"OTHER.Safe\"]}'"
    " from generate_series(1, %s)"
)


@pytest.fixture
def explained(installed: Database) -> tuple[psycopg.Connection, list[str]]:
    """A session of the superuser in which the server tells of each plan that it runs, and what it told."""
    if not installed.value("select pg_jit_available()"):
        pytest.skip("this server cannot compile plans")
    installed.run("select comply.add_tenant('acme')")
    conn = installed.connect(None)
    for setting in (
        "auto_explain.log_min_duration = 0",
        "auto_explain.log_nested_statements = on",
        "auto_explain.log_analyze = on",
        "client_min_messages = log",
        # So that a plan for a thousand rows is dear enough, whatever the server's own limits are.
        "jit = on",
        "jit_above_cost = 5000",
    ):
        if setting.startswith("auto_explain.log_min"):
            conn.execute("load 'auto_explain'")
        conn.execute(f"set {setting}")
    plans: list[str] = []
    conn.add_notice_handler(lambda notice: plans.append(notice.message_primary or ""))
    return conn, plans


def test_a_large_statement_makes_no_later_one_compile_its_plans(explained) -> None:
    conn, plans = explained
    conn.execute(INSERT, [1000])
    plans.clear()
    conn.execute(INSERT, [1])
    assert any("insert into comply.audit_trail" in plan for plan in plans)
    assert not [plan for plan in plans if "JIT:" in plan]
