"""Row-level security during a deployment: no half-done change of data, no moment without policies."""

import threading
import time

import pytest
from conftest import wait_until

GUARD = """
alter table comply.{0} enable row level security;
alter table comply.{0} force row level security;
drop policy if exists {0}_tenant_reads on comply.{0};
create policy {0}_tenant_reads on comply.{0} for select to comply_reader
  using (tenant_id = (select current_setting('comply.tenant_id', true)));
grant select on comply.{0} to comply_reader;
"""


@pytest.fixture
def guarded(run_cli, ground, tree):
    """Nine rows of three tenants behind forced policies, of which none is for the owner."""
    tree.table(3, "guarded", "tenant_id text not null, id integer primary key, n integer")
    tree.add("policies/comply.guarded.sql", GUARD.format("guarded"))
    assert run_cli("deploy", database=ground, source=tree.root).exit_code == 0
    ground.run("insert into comply.guarded select 'tenant-' || n % 3, n, 0 from generate_series(1, 9) as n")
    return ground


CHANGE = "update comply.guarded set n = 1;\n"
WINDOW = (
    "alter table comply.guarded no force row level security;\n{}"
    "alter table comply.guarded force row level security;\n"
)


def test_an_update_without_a_window_is_an_error(run_cli, guarded, tree) -> None:
    """G8, F5: 42501, not 0 of 9 rows."""
    path = tree.add("schema/0004__fill.sql", CHANGE)
    result = run_cli("deploy", "--json", database=guarded, source=tree.root)
    assert (result.exit_code, result.json["units"][0]["sqlstate"]) == (6, "42501")
    tree.add(path, WINDOW.format(CHANGE))
    assert run_cli("deploy", database=guarded, source=tree.root).exit_code == 0
    assert guarded.value("select count(*) from comply.guarded where n = 1") == 9
    assert guarded.value("select relforcerowsecurity from pg_class where oid = 'comply.guarded'::regclass")


def test_row_security_on_needs_a_verify_file_that_counts(run_cli, guarded, tree) -> None:
    """With row-security: on the same update touches 0 rows in silence; the verify file is what sees it."""
    path = tree.add("schema/0004__fill.sql", f"-- comply: row-security: on\n{CHANGE}")
    result = run_cli("deploy", database=guarded, source=tree.root)
    assert result.exit_code == 4
    assert "no verify file" in result.stderr
    counts = (
        "alter table comply.guarded no force row level security;\n"
        "do $$ begin assert not exists (select from comply.guarded where n = 0), 'rows are left'; end $$;"
    )
    tree.add(path, f"-- comply: row-security: on\n{CHANGE}", verify=counts)
    result = run_cli("deploy", database=guarded, source=tree.root)
    assert result.exit_code == 6
    assert "rows are left" in result.stderr
    assert guarded.value("select comply.schema_version()") == 3


def test_a_foreign_key_under_forced_policies(run_cli, guarded, tree) -> None:
    """G8, F6: never declared valid over a row that violates it."""
    tree.table(4, "child", "tenant_id text not null, guarded_id integer")
    tree.add("policies/comply.child.sql", GUARD.format("child"))
    assert run_cli("deploy", database=guarded, source=tree.root).exit_code == 0
    guarded.run("insert into comply.child values ('tenant-1', 1), ('tenant-1', 999)")
    key = (
        "alter table comply.child add constraint child_guarded_fkey\n"
        "  foreign key (guarded_id) references comply.guarded (id) on delete restrict;\n"
    )
    window = (
        "alter table comply.child no force row level security;\n"
        "alter table comply.guarded no force row level security;\n"
        f"{key}"
        "alter table comply.guarded force row level security;\n"
        "alter table comply.child force row level security;\n"
    )
    for text, code in ((key, "42501"), (window, "23503")):
        path = tree.add("schema/0005__key.sql", text)
        result = run_cli("deploy", "--json", database=guarded, source=tree.root)
        assert (result.exit_code, result.json["units"][0]["sqlstate"]) == (6, code), result.stderr
    guarded.run("delete from comply.child where guarded_id = 999")
    assert run_cli("deploy", database=guarded, source=tree.root).exit_code == 0
    assert guarded.value("select convalidated from pg_constraint where conname = 'child_guarded_fkey'")
    assert path


def test_policies_are_never_absent(run_cli, guarded, tree) -> None:
    """G9: a reader that polls while policies are replaced sees its rows, and never another tenant's."""
    seen: set[tuple[int, int]] = set()
    polls = 0
    done = threading.Event()

    def read() -> None:
        nonlocal polls
        with guarded.connect(None) as conn:
            conn.execute("set role comply_reader; set comply.tenant_id = 'tenant-1'")
            while not done.is_set():
                row = conn.execute(
                    "select count(*) filter (where tenant_id = 'tenant-1'),"
                    " count(*) filter (where tenant_id <> 'tenant-1') from comply.guarded"
                ).fetchone()
                seen.add(row)
                polls += 1

    reader = threading.Thread(target=read)
    reader.start()
    try:
        for n in range(6):
            tree.add("policies/comply.guarded.sql", f"-- {n}\n{GUARD.format('guarded')}")
            if n == 3:
                tree.add(
                    "schema/0004__wider.sql",
                    "-- comply: rebuild: policies/comply.guarded.sql\n"
                    "alter table comply.guarded alter column tenant_id type varchar;\n",
                )
            result = run_cli("deploy", database=guarded, source=tree.root)
            assert result.exit_code == 0, result.stderr
    finally:
        done.set()
        reader.join()
    assert seen == {(3, 0)}
    assert polls > 50


def test_tables_are_closed_between_their_file_and_their_policies(start_cli, ground, tree) -> None:
    """G9 on the way in: a table that has no policies yet has no grants either."""
    tree.table(3, "fresh", "tenant_id text not null default 'tenant-1'")
    tree.add("schema/0004__wait.sql", "select pg_catalog.pg_sleep(300);")
    tree.add("policies/comply.fresh.sql", GUARD.format("fresh"))
    start_cli("deploy", database=ground, source=tree.root)
    wait_until(ground, "select to_regclass('comply.fresh') is not null")
    time.sleep(0.1)
    assert not ground.value("select has_table_privilege('comply_reader', 'comply.fresh', 'select')")
