"""A connection that is lost, and a server that takes no writes."""

from conftest import wait_until

SLEEPING = (
    "select pid from pg_stat_activity where query ~ 'pg_sleep' and state = 'active'"
    " and pid <> pg_backend_pid() and datname = current_database()"
)


def test_a_run_goes_on_after_a_lost_connection(start_cli, ground, tree) -> None:
    """G12: a new connection, the lock again, the state read again; each unit once."""
    tree.table(3, "before_it")
    wait = "case when to_regclass('public.go_on') is null then 300 else 0 end"
    tree.table(4, "during_it", before=f"select pg_catalog.pg_sleep({wait});")
    tree.table(5, "after_it")
    process = start_cli("deploy", "--json", database=ground, source=tree.root)
    wait_until(ground, f"select exists ({SLEEPING})")
    ground.run("create table public.go_on ()")
    ground.run(f"select pg_terminate_backend(pid) from ({SLEEPING}) as s")
    out, said = process.communicate(timeout=60)
    assert process.returncode == 0, said
    assert "the connection is lost; trying again in 5 s" in said
    assert ground.value("select comply.schema_version()") == 5
    applied = (
        "select count(*) from comply_private.schema_migration_events where event = 'apply' and version > 2"
    )
    assert ground.value(applied) == 3
    assert ground.value("select count(*) from comply_private.verify_history()") == 0
    assert '"outcome": "ok"' in out


def test_a_connection_lost_in_a_file_without_a_transaction(start_cli, run_cli, ground, tree) -> None:
    """G4, G12: the build that was cut off is cleared away and done again."""
    tree.table(3, "busy")
    assert run_cli("deploy", database=ground, source=tree.root).exit_code == 0
    tree.add(
        "schema/0004__index.sql",
        "-- comply: no-transaction\ncreate index concurrently busy_id_idx on comply.busy (id);\n",
    )
    tree.table(5, "after_it")
    building = "from pg_stat_progress_create_index where datname = current_database()"
    with ground.connect(None) as writer:
        writer.execute("begin; insert into comply.busy values (1)")
        process = start_cli("deploy", database=ground, source=tree.root)
        wait_until(ground, f"select exists (select {building})")
        ground.run(f"select pg_terminate_backend(pid) {building}")
        wait_until(ground, f"select not exists (select {building})")
        assert ground.value("select count(*) from pg_index where not indisvalid") == 1
        writer.execute("commit")
    _, said = process.communicate(timeout=60)
    assert process.returncode == 0, said
    assert ground.value("select count(*) from pg_index where not indisvalid") == 0
    assert ground.value("select comply.schema_version()") == 5


def test_a_server_that_takes_no_writes(run_cli, ground, tree) -> None:
    """G14, F19: exit 8 with the reason."""
    ground.run(f"alter database {ground.name} set default_transaction_read_only = on")
    result = run_cli("deploy", "--json", database=ground, source=tree.root)
    assert result.exit_code == 8
    assert "read-only" in result.stderr
    assert result.json["outcome"] == "connect"


def test_no_server(run_cli, tree) -> None:
    result = run_cli("--dsn", "host=127.0.0.1 port=1 dbname=x", "--source", str(tree.root), "deploy")
    assert result.exit_code == 8
