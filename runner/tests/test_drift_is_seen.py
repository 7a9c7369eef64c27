"""What changes behind the files' back is named; what no file makes any more is an orphan."""

import pytest

MUTATIONS = {
    "edited function": (
        "create or replace function comply.now() returns timestamptz stable return pg_catalog.now()",
        "changed",
        "function comply.now()",
    ),
    "dropped trigger": (
        "drop trigger _100_refuse_change on comply.audit_trail",
        "missing",
        "trigger _100_refuse_change on comply.audit_trail",
    ),
    "disabled trigger": (
        "alter table comply.audit_trail disable trigger _100_refuse_change",
        "changed",
        "trigger _100_refuse_change on comply.audit_trail",
    ),
    "disabled row security": (
        "alter table comply.tenant_configs disable row level security",
        "changed",
        "table comply.tenant_configs",
    ),
    "row security no longer forced": (
        "alter table comply.tenant_configs no force row level security",
        "changed",
        "table comply.tenant_configs",
    ),
    "extra grant": (
        "grant select on comply_private.context_keys to comply_app",
        "changed",
        "table comply_private.context_keys",
    ),
    "extra grant on a column": (
        "grant select (kid) on comply_private.context_keys to comply_app",
        "changed",
        "table comply_private.context_keys",
    ),
    "extra grant to everybody": (
        "grant execute on function comply_private.drift to public",
        "changed",
        "function comply_private.drift(pg_catalog.jsonb)",
    ),
    "grant on a schema": (
        "grant usage on schema comply_private to comply_app",
        "changed",
        "schema comply_private",
    ),
    "opened policy": (
        "alter policy context_keys_owner_all on comply_private.context_keys to comply_owner, comply_app",
        "changed",
        "policy context_keys_owner_all on comply_private.context_keys",
    ),
    "another owner": (
        "alter table comply_private.context_keys owner to postgres",
        "changed",
        "table comply_private.context_keys",
    ),
    "dropped constraint": (
        "alter table comply_private.schema_migrations drop constraint schema_migrations_status_check",
        "missing",
        "table constraint schema_migrations_status_check on comply_private.schema_migrations",
    ),
    "another default": (
        "alter table comply_private.schema_migration_events alter column attempts set default 7",
        "changed",
        "table comply_private.schema_migration_events",
    ),
    "foreign function": (
        "create function comply.backdoor() returns integer language sql return 1",
        "unexpected",
        "function comply.backdoor()",
    ),
    "foreign table": ("create table comply.copy_of_all ()", "unexpected", "table comply.copy_of_all"),
    "definer turned": (
        "alter function comply.schema_version() security invoker",
        "changed",
        "function comply.schema_version()",
    ),
}


@pytest.mark.parametrize(("change", "state", "name"), MUTATIONS.values(), ids=MUTATIONS.keys())
def test_a_change_is_named(run_cli, installed, change, state, name) -> None:
    """G11"""
    installed.run(change.replace(" to postgres", f" to {installed.server.superuser}"))
    result = run_cli("drift", "--json", database=installed)
    assert result.exit_code == 9
    assert (name, state) in [(row["object"], row["state"]) for row in result.json["drift"]]


def test_no_change_is_no_drift(run_cli, installed) -> None:
    """Neither is what happens every day: partitions, rows, statistics."""
    installed.run("select comply.ensure_partitions(5); analyze")
    result = run_cli("drift", "--json", database=installed)
    assert (result.exit_code, result.json["drift"]) == (0, [])


HISTORY = {
    "changed": "update comply_private.schema_migration_events set message = 'nothing' where seq = 5",
    "removed": "delete from comply_private.schema_migration_events where seq = 5",
    "cut off": "delete from comply_private.schema_migration_events where seq > 20",
    "state changed": "update comply_private.schema_migrations set checksum = sha256('') where version = 1",
}


@pytest.mark.parametrize("change", HISTORY.values(), ids=HISTORY.keys())
def test_a_forged_history_is_named(run_cli, ground, change) -> None:
    """Refused by the trigger; whoever switches that off leaves a broken chain."""
    table = "comply_private.schema_migration_events"
    if table in change:
        with pytest.raises(Exception, match="is refused"):
            ground.run(change)
    ground.run(
        f"alter table {table} disable trigger _100_refuse_change; {change};"
        f" alter table {table} enable always trigger _100_refuse_change"
    )
    result = run_cli("drift", database=ground)
    assert result.exit_code == 9
    assert "history event" in result.stderr


def test_objects_of_an_exception_block_are_known(run_cli, ground, tree) -> None:
    """F14: their xmin is that of a subtransaction."""
    path = tree.add(
        "schema/0003__block.sql",
        """do $$
begin
  create table comply.blocked (id integer constraint blocked_id_check check (id > 0));
  create index blocked_id_idx on comply.blocked (id);
  create policy blocked_all on comply.blocked to comply_owner using (true);
  create function comply.in_block() returns integer language sql return 1;
  create sequence comply.block_numbers;
  create trigger _100_refuse before delete on comply.blocked
    for each statement execute function comply_private.tg__refuse('comply.blocked', 'No.');
exception when others then
  raise;
end;
$$;""",
    )
    result = run_cli("deploy", database=ground, source=tree.root)
    assert result.exit_code == 0, result.stderr
    objects = "select objects from comply_private.schema_migrations where path = %s"
    assert set(ground.value(objects, path)) == {
        "table comply.blocked",
        "table constraint blocked_id_check on comply.blocked",
        "index comply.blocked_id_idx",
        "policy blocked_all on comply.blocked",
        "function comply.in_block()",
        "sequence comply.block_numbers",
        "trigger _100_refuse on comply.blocked",
    }
    assert run_cli("drift", database=ground).exit_code == 0
    ground.run("alter table comply.blocked add column n integer")
    assert (
        "changed: table comply.blocked of schema/0003__block.sql" in run_cli("drift", database=ground).stderr
    )


def test_what_a_later_file_changes_or_drops_is_no_drift(run_cli, ground, tree) -> None:
    tree.table(3, "short_lived")
    tree.table(4, "changed")
    assert run_cli("deploy", database=ground, source=tree.root).exit_code == 0
    tree.add(
        "schema/0005__drop.sql",
        "drop table comply.short_lived;\nalter table comply.changed rename to renamed;",
    )
    tree.add(
        "schema/0006__index.sql",
        "-- comply: no-transaction\ncreate index concurrently i on comply.renamed (id);",
    )
    result = run_cli("deploy", database=ground, source=tree.root)
    assert result.exit_code == 0, result.stderr
    result = run_cli("drift", database=ground)
    assert result.exit_code == 0, result.stderr


def test_an_old_overload_is_an_orphan(run_cli, ground, tree) -> None:
    """F15; reported always, dropped by --prune only."""
    tree.function("f", "return 1;")
    tree.table(3, "kept")
    tree.function("gone", "return 2;")
    assert run_cli("deploy", database=ground, source=tree.root).exit_code == 0
    tree.function("f", "return n;", arguments="n integer")
    tree.remove("functions/comply.gone.sql")
    for command in ("deploy", "status"):
        result = run_cli(command, "--json", database=ground, source=tree.root)
        assert [o["object"] for o in result.json["orphans"]] == [
            "function comply.f()",
            "function comply.gone()",
        ]
    assert run_cli("drift", database=ground).exit_code == 0
    result = run_cli("deploy", "--prune", "--json", database=ground, source=tree.root)
    assert (result.exit_code, result.json["orphans"]) == (0, []), result.stderr
    assert ground.value(
        "select array_agg(p.oid::regprocedure::text) from pg_proc as p where p.proname in ('f', 'gone')"
    ) == ["comply.f(integer)"]
    assert run_cli("status", "--json", database=ground, source=tree.root).json["orphans"] == []
    assert run_cli("drift", database=ground).exit_code == 0
    assert (
        ground.value("select count(*) from comply_private.schema_migration_events where event = 'prune'") == 2
    )


def test_prune_never_drops_a_table(run_cli, ground, tree) -> None:
    tree.table(3, "kept")
    assert run_cli("deploy", database=ground, source=tree.root).exit_code == 0
    path = tree.root / tree.lines[-1]
    path.write_text("select 1;")
    accept = ["baseline", "--accept", tree.lines[-1], "--reason", "a test"]
    assert run_cli(*accept, database=ground, source=tree.root).exit_code == 0
    assert run_cli("deploy", "--prune", database=ground, source=tree.root).exit_code == 0
    assert ground.value("select to_regclass('comply.kept')::text") == "comply.kept"
