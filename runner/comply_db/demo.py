"""The demo: everything that comply-db is for, on an embedded PostgreSQL, in a minute.

Each step that a user would do is done as a user would do it: by the runner, or by a login that has one role.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from importlib.resources import files
from typing import Any

import click
import psycopg

from comply_db import embedded
from comply_db.errors import Exit, RunnerError
from comply_db.framework_report import counted

DATABASE = "comply_demo"
INSTALLER = "demo_installer"
LOGINS = {
    "demo_service": "comply_app",
    "demo_admin": "comply_admin",
    "demo_auditor": "comply_auditor",
    "demo_operator": "comply_operator",
}
# Each tenant's share of the sample, in lines.
TENANTS = {"acme": ("Acme Bank", 30), "globex": ("Globex Insurance", 20), "initech": ("Initech Support", 10)}
OVERVIEW = """\
select tenant_id, display_name, records, flagged
from comply.tenant_overview()"""
FINDINGS = """\
select left(source_data_hash, 12) as text_hash, detector_type, mapped_data -> 'labels' as labels
from comply.storage_records
where mapped_data -> 'labels' <> '["OTHER.Safe"]'
order by source_data_hash
limit 5"""
FIRST_FINDING = """\
select id
from comply.storage_records
where mapped_data -> 'labels' <> '["OTHER.Safe"]'
order by source_data_hash
limit 1"""
CONFIRM = """\
update comply.storage_records
set metadata = metadata || '{"review": "confirmed"}'
where id = %s
  and metadata ->> 'review' is null"""
HISTORY = """\
select operation, actor, user_id, before -> 'metadata' as before, after -> 'metadata' as after
from comply.record_history('storage_records', '{}')"""
INTRUDE = """\
insert into comply.storage_records (tenant_id, source_data_hash, detector_type, model_version, mapped_data)
values ('globex', repeat('0', 64), 'openai-moderation', 'forged', '{"labels": ["OTHER.Safe"]}')"""
OTHERS = """\
select count(*) as records_of_globex
from comply.storage_records
where tenant_id = 'globex'"""
DETECTOR, MODEL = "openai-moderation", "omni-moderation-2024-09-26"


def demo(*, stop: bool = False, remove: bool = False) -> Exit:
    """Show the demo, or stop its server, or remove its server and data. Raises RunnerError."""
    if remove:
        embedded.remove()
        click.echo("The demo's server and data are gone.")
    elif stop:
        was_running = embedded.stop()
        click.echo("The demo's server is stopped." if was_running else "The demo's server does not run.")
    else:
        _show(embedded.start())
    return Exit.OK


def _show(server: embedded.Server) -> None:
    began = time.monotonic()
    version, home = server.installation.version, server.home
    if server.was_running:
        click.echo(f"PostgreSQL {version} of the last demo still runs in {home}: going on there.")
    else:
        click.echo(f"PostgreSQL {version} ({server.installation.origin}) started in {home}, on no network.")

    _title("Deploy: every file of the manifest that this database does not have yet")
    deployed = _deploy(server)
    applied = len(deployed["units"])
    told = (
        f"{applied} files applied in {deployed['ms'] / 1000:.1f} s"
        if applied
        else "nothing to do: it has them all"
    )
    click.echo(f"  {told}")
    _let_logins_in(server)

    _title("Load: labels of a detector about texts that are known by their hash, for three tenants")
    lines = files("comply_db").joinpath("sample.jsonl").read_text(encoding="utf-8").splitlines(keepends=True)
    for tenant, (name, share) in TENANTS.items():
        _ask(server, "demo_admin", "select comply.add_tenant(%s, %s)", [tenant, name])
        mine, lines = lines[:share], lines[share:]
        arguments = (
            "load",
            "-",
            "--tenant",
            tenant,
            "--detector",
            DETECTOR,
            "--model",
            MODEL,
            "--actor",
            "demo",
        )
        loaded = _comply_db(server, "demo_service", *arguments, stdin="".join(mine))
        click.echo(
            "  {lines} lines: {inserted} recorded, {repeated} repeated, {rejected} rejected".format(**loaded)
        )

    _title("The tenants, as an auditor sees them")
    _table(server, "demo_auditor", OVERVIEW)

    _title("What was found at acme, as its service sees it")
    _table(server, "demo_service", FINDINGS, tenant="acme")

    _title("Rita confirms the first finding. Its history knows, and nobody had to write that down")
    (record,) = _ask(server, "demo_service", FIRST_FINDING, tenant="acme")[1][0]
    _ask(server, "demo_service", CONFIRM, [record], tenant="acme", actor="rita@acme.example")
    _table(server, "demo_service", HISTORY.format(record), tenant="acme")

    _title("acme cannot see globex, whatever it asks; and without a tenant there is nothing to see")
    _table(server, "demo_service", OTHERS, tenant="acme")
    _refused(server, "demo_service", INTRUDE, tenant="acme")
    _table(server, "demo_service", "select count(*) as records from comply.storage_records")

    _title("Health, as an operator or a probe reads it")
    _table(server, "demo_operator", "select name, status, observed, next_step from comply.health()")

    _title("What an auditor asks: every check, and a report on SOC 2 to look at")
    _comply_db(server, "demo_operator", "maintain")
    _table(server, "demo_auditor", "select comply.run_checks() as run")
    today = datetime.now(UTC).date()
    page = server.home / f"soc2-{time.strftime('%Y-%m-%dT%H-%M-%S')}.html"
    bounds = ("--from", str(today.replace(day=1)), "--to", str(today + timedelta(days=1)))
    report = _comply_db(server, "demo_auditor", "report", "soc2", *bounds, "-o", str(page))
    click.echo(f"  {counted(report['summary'])}")
    click.echo(f"  Open it: {page.as_uri()}")

    click.echo(f"\nDone in {time.monotonic() - began:.1f} s. The server runs on; to look around:\n")
    click.echo(f"  {server.psql(DATABASE, 'demo_service')}")
    click.echo("  begin; select comply.enter('acme', 'you'); table comply.storage_records; commit;\n")
    click.echo("Other logins: demo_auditor, demo_operator, demo_admin.")
    click.echo("To stop the server: make demo-stop, or comply-db demo --stop")


def _prepare(server: embedded.Server) -> bool:
    """Make an installer with the rights of Azure's administrator, and its database; say if that is new."""
    with psycopg.connect(server.dsn(), autocommit=True) as admin:
        if not admin.execute("select 1 from pg_roles where rolname = %s", [INSTALLER]).fetchone():
            admin.execute(f"create role {INSTALLER} login nosuperuser createrole createdb")
    with psycopg.connect(server.dsn(user=INSTALLER), autocommit=True) as installer:
        if installer.execute("select 1 from pg_database where datname = %s", [DATABASE]).fetchone():
            return False
        installer.execute(f"create database {DATABASE}")
    return True


def _deploy(server: embedded.Server) -> dict[str, Any]:
    """Deploy; where the last demo's database does not let that be, make it anew: it has nothing to keep."""
    is_new = _prepare(server)
    try:
        return _comply_db(server, INSTALLER, "deploy")
    except RunnerError:
        if is_new:
            raise
    click.echo("  refused: the last demo's database was made from other files. It is dropped, and made anew.")
    with psycopg.connect(server.dsn(), autocommit=True) as admin:
        admin.execute(f"drop database {DATABASE} with (force)")
    _prepare(server)
    return _comply_db(server, INSTALLER, "deploy")


def _let_logins_in(server: embedded.Server) -> None:
    with psycopg.connect(server.dsn(DATABASE, INSTALLER), autocommit=True) as installer:
        for login, role in LOGINS.items():
            if not installer.execute("select 1 from pg_roles where rolname = %s", [login]).fetchone():
                installer.execute(f"create role {login} login")
            installer.execute(f"grant {role} to {login}")


def _comply_db(server: embedded.Server, login: str, *arguments: str, stdin: str = "") -> dict[str, Any]:
    """Run this very program, as a user would, and return its report. Raises RunnerError as it ended."""
    click.echo(f"$ comply-db --dsn '... user={login}' {' '.join(arguments)}")
    dsn = server.dsn(DATABASE, login)
    done = subprocess.run(
        [sys.executable, "-m", "comply_db.cli", "--json", "--dsn", dsn, *arguments],
        input=stdin,
        capture_output=True,
        text=True,
        check=False,
        env=server.environment(),
    )
    if done.returncode != 0:
        raise RunnerError(Exit(done.returncode), f"comply-db {arguments[0]} failed: {done.stderr.strip()}")
    return json.loads(done.stdout)


def _ask(
    server: embedded.Server,
    login: str,
    query: str,
    values: Sequence[Any] = (),
    *,
    tenant: str | None = None,
    actor: str = "demo",
) -> tuple[list[str], list[tuple[Any, ...]]]:
    """Run one statement in a transaction of its own, for a tenant or none; return column names and rows."""
    with psycopg.connect(server.dsn(DATABASE, login)) as connection:
        if tenant:
            connection.execute("select comply.enter(%s, %s)", [tenant, actor])
        cursor = connection.execute(query, values or None)
        if cursor.description is None:
            return [], []
        return [column.name for column in cursor.description], cursor.fetchall()


def _title(text: str) -> None:
    click.echo(f"\n{text}")


def _table(server: embedded.Server, login: str, query: str, tenant: str | None = None) -> None:
    """Show a query and its rows."""
    _quote(login, query, tenant)
    names, rows = _ask(server, login, query, tenant=tenant)
    texts = [[_text(value) for value in row] for row in rows]
    widths = [max(map(len, column)) for column in zip(names, *texts, strict=True)]
    for cells in (names, ["-" * width for width in widths], *texts):
        padded = (cell.ljust(width) for cell, width in zip(cells, widths, strict=True))
        click.echo(f"  {'  '.join(padded)}".rstrip())


def _refused(server: embedded.Server, login: str, query: str, tenant: str) -> None:
    """Show a statement and the error that it has to end with."""
    _quote(login, query, tenant)
    try:
        _ask(server, login, query, tenant=tenant)
    except psycopg.errors.InsufficientPrivilege as e:
        click.echo(f"  ERROR:  {e.diag.message_primary}")
    else:
        raise RunnerError(Exit.FAILED, f"{login} was not refused: {query}")


def _quote(login: str, query: str, tenant: str | None) -> None:
    if tenant:
        click.echo(f"{login}=> begin; select comply.enter('{tenant}', 'demo');")
    click.echo(f"{login}=> {query};".replace("\n", "\n" + " " * (len(login) + 3)))


def _text(value: Any) -> str:
    if isinstance(value, dict | list):
        return json.dumps(value)
    return "" if value is None else str(value)
