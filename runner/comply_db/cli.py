"""The command line of comply-db."""

import re
import signal
import sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from comply_db import __version__
from comply_db.errors import Exit, Interrupted, RunnerError
from comply_db.report import Report


@dataclass(frozen=True)
class Settings:
    """The options that stand before the command."""

    dsn: str | None
    azure: bool
    user: str | None
    auth: str | None
    scope: str | None
    insecure_tls: bool
    as_json: bool
    source: Path | None

    def session(self, report: Report) -> Any:
        """Return a session that is not open yet."""
        from comply_db.connect import ConnectOptions
        from comply_db.session import Session

        chosen = ConnectOptions(self.dsn, self.azure, self.user, self.auth, self.scope, self.insecure_tls)
        return Session(chosen, report)


class Seconds(click.ParamType):
    """A span of time: 90, 90s, 10m, 1h."""

    name = "time"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """Return the span in seconds."""
        match = re.fullmatch(r"(\d+(?:\.\d+)?)(s|m|h)?", str(value))
        if not match:
            self.fail(f"{value!r} is no span of time such as 90s, 10m or 1h", param, ctx)
        return float(match[1]) * {"h": 3600, "m": 60}.get(match[2] or "s", 1)


class Time(click.ParamType):
    """A time as ISO 8601 has it; one without a zone is UTC."""

    name = "time"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        """Return the time, with its zone."""
        try:
            time = datetime.fromisoformat(str(value))
        except ValueError:
            self.fail(f"{value!r} is no time such as 2026-05-01T12:00:00Z", param, ctx)
        return time if time.tzinfo else time.replace(tzinfo=UTC)


SECONDS = Seconds()
AS_JSON = click.option("--json", "as_json", is_flag=True, help="Print one JSON document on stdout.")
TIME = Time()


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="comply-db")
@click.option("--dsn", help="libpq connection string; else PGHOST, PGDATABASE and the like decide.")
@click.option("--azure", is_flag=True, help="Log in with an Entra token.")
@click.option("--user", help="The Entra principal, as the database knows it.")
@click.option(
    "--auth",
    type=click.Choice(
        ["azure-cli", "workload-identity", "managed-identity", "environment", "token-env", "password"]
    ),
    help="Where the token comes from.",
)
@click.option("--scope", help="The token's scope; by default that of the cloud that the host is in.")
@click.option(
    "--insecure-tls", is_flag=True, help="Let a host that is not local be unverified. Not with --azure."
)
@AS_JSON
@click.option(
    "--source", type=click.Path(path_type=Path, file_okay=False), help="The folder that has schema/."
)
@click.pass_context
def main(ctx: click.Context, /, **options: Any) -> None:
    """Deploy and look after the database of an AI-compliance platform."""
    ctx.obj = Settings(**options)


def reporting(command: Callable[..., Exit | int]) -> Callable[..., None]:
    """Turn a function of (settings, report, options) into a command that ends with its exit code."""

    def run(settings: Settings, /, *, as_json: bool = False, **options: Any) -> None:
        report = Report(command.__name__.removesuffix("_command"), settings.as_json or as_json)
        for number, code in ((signal.SIGINT, Exit.INTERRUPTED), (signal.SIGTERM, Exit.TERMINATED)):
            signal.signal(number, _raiser(code))
        try:
            sys.exit(report.end(command(settings, report, **options)))
        except RunnerError as error:
            sys.exit(report.end(error.exit_code, str(error), error.hint))
        except Interrupted as error:
            sys.exit(report.end(error.exit_code, "interrupted; what was under way is rolled back"))
        except Exception as error:
            from comply_db.session import ConnectionLostError

            if isinstance(error, ConnectionLostError):
                sys.exit(report.end(Exit.CONNECT, f"the connection is lost: {error}"))
            import psycopg

            if isinstance(error, psycopg.Error):
                sys.exit(report.end(Exit.FAILED, f"{error.sqlstate}: {str(error).strip()}"))
            raise

    run.__doc__ = command.__doc__
    run.__name__ = command.__name__
    return AS_JSON(click.pass_obj(run))


def _raiser(code: Exit) -> Callable[..., None]:
    def raise_interrupted(*_: Any) -> None:
        raise Interrupted(code)

    return raise_interrupted


LOCK_WAIT = click.option(
    "--lock-wait", type=SECONDS, default="10m", show_default=True, help="How long to wait for another runner."
)


@main.command("deploy")
@click.option("--to", type=int, metavar="N", help="Stop above the first schema file after version N.")
@click.option("--dry-run", is_flag=True, help="Run it, show the locks it takes, and roll it back.")
@click.option(
    "--prune", is_flag=True, help="Drop functions, views, triggers and policies that no file makes."
)
@click.option("--terminate-blockers", is_flag=True, help="End the sessions that block the deployment.")
@click.option("--tries", type=click.IntRange(1), default=10, show_default=True, help="Tries for a lock.")
@LOCK_WAIT
@reporting
def deploy_command(settings: Settings, report: Report, lock_wait: float, **options: Any) -> Exit:
    """Bring the database to the state of the source tree."""
    from comply_db.deploy import DeployOptions, deploy
    from comply_db.manifest import read_manifest

    manifest = read_manifest(settings.source)
    return deploy(settings.session(report), manifest, DeployOptions(lock_wait_s=lock_wait, **options))


@main.command("status")
@click.option("--wait-for", type=int, metavar="N", help="Wait until version N is applied; never deploys.")
@click.option("--timeout", type=SECONDS, default="5m", show_default=True, help="How long to wait.")
@reporting
def status_command(settings: Settings, report: Report, wait_for: int | None, timeout: float) -> Exit:
    """Show what is applied and what is pending; exit 3 when something is."""
    from comply_db import status

    session = settings.session(report)
    if wait_for is not None:
        return status.wait_for(session, wait_for, timeout)
    from comply_db.manifest import read_manifest

    return status.status(session, read_manifest(settings.source))


@main.command("plan")
@click.option("--sql", "as_sql", is_flag=True, help="Print a psql script, with the rows of the history.")
@click.option("--to", type=int, metavar="N", help="Stop above the first schema file after version N.")
@reporting
def plan_command(settings: Settings, report: Report, as_sql: bool, to: int | None) -> Exit:
    """Show what deploy would run, in order; exit 3 when that is anything."""
    from comply_db.manifest import read_manifest
    from comply_db.preview import preview

    return preview(settings.session(report), read_manifest(settings.source), to, as_sql)


@main.command("revert")
@click.option("--to", type=int, metavar="N", required=True, help="The version that stays the last one.")
@LOCK_WAIT
@reporting
def revert_command(settings: Settings, report: Report, to: int, lock_wait: float) -> Exit:
    """Undo every version after N, with what belongs to it."""
    from comply_db.manifest import PRELUDE, find_root, read_text
    from comply_db.revert import revert

    prelude = read_text(find_root(settings.source), PRELUDE)
    return revert(settings.session(report), to, prelude, lock_wait)


@main.command("verify")
@LOCK_WAIT
@reporting
def verify_command(settings: Settings, report: Report, lock_wait: float) -> Exit:
    """Run the verify files of what is applied."""
    from comply_db.manifest import read_manifest
    from comply_db.verify import verify

    return verify(settings.session(report), read_manifest(settings.source), lock_wait)


@main.command("drift")
@reporting
def drift_command(settings: Settings, report: Report) -> Exit:
    """Name what is no longer as the files left it; exit 9 when something is."""
    from comply_db.drift import drift

    return drift(settings.session(report))


@main.command("baseline")
@click.argument("version", type=int, required=False)
@click.option("--accept", metavar="PATH", help="Accept an edit of a file that was applied.")
@click.option("--reason", metavar="TEXT", help="Why; kept for ever.")
@LOCK_WAIT
@reporting
def baseline_command(
    settings: Settings,
    report: Report,
    version: int | None,
    accept: str | None,
    reason: str | None,
    lock_wait: float,
) -> Exit:
    """Adopt a schema that psql installed, through VERSION; or accept an edit."""
    if (version is None) == (accept is None) or (accept is None) != (reason is None):
        raise RunnerError(Exit.USAGE, "say either VERSION, or --accept PATH and --reason TEXT")
    from comply_db import baseline
    from comply_db.manifest import read_manifest

    session, manifest = settings.session(report), read_manifest(settings.source)
    if accept is not None:
        return baseline.accept(session, manifest, accept, reason or "")
    return baseline.baseline(session, manifest, version or 0, lock_wait)


@main.command("doctor")
@reporting
def doctor_command(settings: Settings, report: Report) -> Exit:
    """Check what a deployment needs, before it starts."""
    from comply_db.doctor import doctor

    return doctor(settings.session(report))


@main.command("check")
@reporting
def check_command(settings: Settings, report: Report) -> Exit:
    """Check the source tree, without a database."""
    from comply_db.lint import check

    return check(report, settings.source)


@main.command("load")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, allow_dash=True, path_type=Path))
@click.option("--tenant", required=True, help="The tenant that the records are of.")
@click.option("--detector", required=True, help="The detector that judged, one of comply.detectors.")
@click.option("--model", required=True, help="The version of its model.")
@click.option("--at", type=TIME, help="The records' time where a line has none; else it is now.")
@click.option("--strict", is_flag=True, help="All lines or none.")
@click.option(
    "--rejects",
    type=click.Path(dir_okay=False, writable=True, path_type=Path),
    help="Write rejected lines to this file, and why to FILE.reasons.jsonl.",
)
@click.option("--actor", help="On whose behalf, for the audit trail.")
@reporting
def load_command(settings: Settings, report: Report, file: Path, **options: Any) -> Exit:
    """Load JSON lines from FILE, or from standard input where it is '-'.

    Exit 0: every line is in. 4: some were rejected, the others are in. 6: --strict, and nothing is in. A file
    may be loaded again: a text is recorded once for each detector and model.
    """
    from comply_db.load import LoadOptions, load

    return load(settings.session(report), LoadOptions(path=file, **options))


@main.command("maintain")
@reporting
def maintain_command(settings: Settings, report: Report) -> Exit:
    """Do all upkeep that is due: for a scheduler, hourly. Exit 4 where a check of the partitions fails."""
    from comply_db.maintain import maintain

    return maintain(settings.session(report))


@main.command("checkpoint")
@click.option(
    "--to", required=True, metavar="DIR|URL", help="A folder, or a container of Azure Blob Storage."
)
@reporting
def checkpoint_command(settings: Settings, report: Report, to: str) -> Exit:
    """Make a checkpoint of the ledger and write its digest to where the database cannot change it.

    Exit 11: the newest digest there is not in the history of this database; nothing is written.
    """
    from comply_db.ledger import checkpoint

    return checkpoint(settings.session(report), to)


@main.command("verify-audit")
@click.option("--tenant", help="Check the rows and blocks of one tenant only.")
@click.option("--digest", help="A digest that was kept outside.")
@click.option("--digests", metavar="DIR|URL", help="Check all digests that checkpoint --to wrote.")
@reporting
def verify_audit_command(settings: Settings, report: Report, **options: str | None) -> Exit:
    """Check the audit trail against its ledger, and that against digests outside; exit 11 on problems."""
    from comply_db.ledger import verify_audit

    return verify_audit(settings.session(report), **options)


@main.command("verify-proof")
@click.argument("file", type=click.File("rb"))
@click.option("--digest", required=True, help="The digest of the checkpoint, as it was kept outside.")
@reporting
def verify_proof_command(settings: Settings, report: Report, file: Any, digest: str) -> Exit:
    """Check a proof in FILE, or on standard input where it is '-', without a database; exit 4 if it fails."""
    from comply_db import proof

    try:
        proven = proof.check(file.read(), digest)
    except proof.RefusedError as refused:
        raise RunnerError(Exit.INVALID, f"refused: {refused}") from refused
    report.document["proven"] = proven
    report.say(proven)
    return Exit.OK


MONTH = click.option("--month", type=TIME, metavar="YYYY-MM-DD", help="The month that this day is in, UTC.")


@main.command("archive")
@click.option("--table", help="The table, one that has months.")
@MONTH
@click.option("--tenant", help="Only this tenant's rows; else those of all, one object each.")
@click.option("--due", is_flag=True, help="What retention waits for, instead of --table and --month.")
@click.option(
    "--to", required=True, metavar="DIR|URL", help="A folder, or a container of Azure Blob Storage."
)
@click.option("--format", type=click.Choice(["csv.gz", "parquet"]), default="csv.gz", show_default=True)
@click.option("--keep", default="10 years", show_default=True, help="How long it is not to be purged.")
@reporting
def archive_command(settings: Settings, report: Report, **options: Any) -> Exit:
    """Write rows into objects, one a tenant and month, read each back, and record that it is whole.

    Nothing is destroyed. A run that was cut off is continued by the next one. Exit 11: an object is not what
    was written.
    """
    from comply_db.archive import ArchiveOptions, archive

    return archive(settings.session(report), ArchiveOptions(**options))


@main.command("restore")
@click.argument("archive", type=click.UUID, required=False)
@click.option("--table", help="The archives of this table, instead of one by its id.")
@MONTH
@click.option("--tenant", help="Only those of this tenant.")
@click.option("--from", "source", metavar="DIR|URL", help="Where the objects are, if they were moved.")
@click.option("--drill", is_flag=True, help="Only try, and leave a row in comply.restores.")
@click.option("--attach", is_flag=True, help="Put the rows into their table again.")
@reporting
def restore_command(settings: Settings, report: Report, **options: Any) -> Exit:
    """Bring ARCHIVE back into comply.restored_rows, without what was erased since.

    Exit 11: an object is not what was archived, and nothing of it came back.
    """
    from comply_db.archive import RestoreOptions, restore

    return restore(settings.session(report), RestoreOptions(**options))


@main.command("purge")
@click.argument("archive", type=click.UUID)
@click.option("--tenant", required=True, help="The tenant of the archive.")
@reporting
def purge_command(settings: Settings, report: Report, archive: Any, tenant: str) -> Exit:
    """Give up ARCHIVE, whose time is over and which nothing holds, and remove its object."""
    from comply_db.archive import purge

    return purge(settings.session(report), archive, tenant)


@main.command("report")
@click.argument("framework", required=False)
@click.option("--from", "since", type=TIME, help="The first time, such as 2026-10-01.")
@click.option("--to", "before", type=TIME, help="The time before which it ends.")
@click.option(
    "--format",
    type=click.Choice(["html", "json", "csv", "oscal", "sarif"]),
    default="html",
    show_default=True,
)
@click.option("--tenant", help="Report on this tenant only, and on the database as a whole.")
@click.option("--record", is_flag=True, help="Put the file's SHA-256 on record, for the ledger to seal.")
@click.option("--due", is_flag=True, help="Make what schedules ask for, instead of FRAMEWORK.")
@click.option(
    "-o",
    "--output",
    required=True,
    metavar="FILE|DIR|URL",
    help="A new file, or - for standard output; csv: a new folder; --due: a folder or container.",
)
@reporting
def report_command(
    settings: Settings, report: Report, framework: str | None, due: bool, output: str, **options: Any
) -> Exit:
    """Report on FRAMEWORK, one of comply.frameworks: what checks and detectors found, and what proves it."""
    from comply_db import framework_report

    if due:
        if framework or options["since"] or options["before"]:
            raise RunnerError(Exit.USAGE, "--due takes no FRAMEWORK, --from or --to: schedules have them")
        return framework_report.due(settings.session(report), output)
    if not (framework and options["since"] and options["before"]):
        raise RunnerError(Exit.USAGE, "say FRAMEWORK, --from and --to; or --due")
    chosen = framework_report.ReportOptions(framework=framework, to_file=output, **options)
    return framework_report.report(settings.session(report), chosen)


@main.group("audit")
def audit_group() -> None:
    """Hand out the audit trail."""


@audit_group.command("export")
@click.option("--from", "since", type=TIME, required=True, help="The first time, such as 2026-05-01.")
@click.option("--to", "before", type=TIME, required=True, help="The time before which it ends.")
@click.option("--format", type=click.Choice(["jsonl", "csv"]), default="jsonl", show_default=True)
@click.option("--tenant", help="Only this tenant's rows; else those of all.")
@click.option(
    "-o",
    "--to-dir",
    type=click.Path(file_okay=False, path_type=Path),
    required=True,
    help="The folder to fill: a new one, or an empty one.",
)
@reporting
def audit_export_command(settings: Settings, report: Report, **options: Any) -> Exit:
    """Write the trail of a time into files, one a month, with a manifest of counts and SHA-256."""
    from comply_db.export import ExportOptions, export

    return export(settings.session(report), ExportOptions(**options))


@audit_group.command("verify-export")
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@reporting
def audit_verify_export_command(settings: Settings, report: Report, folder: Path) -> Exit:
    """Compare an exported folder with its manifest, without a database; exit 4 where they differ."""
    from comply_db.export import verify_export

    return verify_export(report, folder)


@main.group("keys")
def keys_group() -> None:
    """Make and rotate the keys that encrypt fields."""


KEK = click.option(
    "--kek",
    "where",
    multiple=True,
    envvar="COMPLY_DB_KEK",
    metavar="URL|file:PATH",
    help="The key that wraps, in Azure Key Vault; again for others that unwrap.",
)


def _keys() -> Any:
    """Return the module of the keys, or say what it takes."""
    try:
        from comply_db import keys
    except ImportError as error:
        if not (error.name or "").startswith("cryptography"):
            raise
        raise RunnerError(
            Exit.USAGE, "cryptography is not installed", "Run pip install 'comply-db[keys]'."
        ) from None
    return keys


@keys_group.command("add")
@click.argument("tenant")
@click.option("--subject", help="The pseudonym of a subject, to be erased by its own key.")
@click.option("--column", metavar="TABLE.COLUMN", help="A blind index, to be searched by its own key.")
@KEK
@reporting
def keys_add_command(settings: Settings, report: Report, **options: Any) -> Exit:
    """Give TENANT, a subject of it or a blind index a key, unless it has one."""
    if options["subject"] and options["column"]:
        raise RunnerError(Exit.USAGE, "say --subject or --column, not both")
    return _keys().add(settings.session(report), **options)


@keys_group.command("rotate")
@click.argument("tenant")
@click.option(
    "--batch", type=click.IntRange(1, 10000), default=500, show_default=True, help="Rows at a time."
)
@click.option(
    "--pause", type=SECONDS, default="0", show_default=True, help="How long to rest between batches."
)
@KEK
@reporting
def keys_rotate_command(settings: Settings, report: Report, **options: Any) -> Exit:
    """Give TENANT a new key and seal its rows under it, beside readers and writers; or finish doing so."""
    return _keys().rotate(settings.session(report), **options)


@keys_group.command("rotate-kek")
@click.option("--to", required=True, metavar="URL|file:PATH", help="The key that wraps from now on.")
@KEK
@reporting
def keys_rotate_kek_command(settings: Settings, report: Report, **options: Any) -> Exit:
    """Wrap the keys of all tenants by another key; run again, it goes on where it was cut off."""
    return _keys().rotate_kek(settings.session(report), **options)


@keys_group.command("list")
@click.argument("tenant", required=False)
@reporting
def keys_list_command(settings: Settings, report: Report, tenant: str | None) -> Exit:
    """Show which keys there are, what wraps them, and what became of them."""
    return _keys().inventory(settings.session(report), tenant)


@main.group("subject")
def subject_group() -> None:
    """Answer the persons whose data it is."""


@subject_group.command("export")
@click.argument("tenant")
@click.argument("subject")
@click.option(
    "-o",
    "--to-file",
    type=click.Path(dir_okay=False, path_type=Path),
    required=True,
    help="The file to make, for its owner alone to read.",
)
@KEK
@reporting
def subject_export_command(
    settings: Settings, report: Report, tenant: str, subject: str, to_file: Path, where: tuple[str, ...]
) -> Exit:
    """Write all that is held on a subject into a new file, fields opened where --kek is named.

    It leaves a trace in the access log.
    """
    if where:
        _keys()
    from comply_db.subject import export

    return export(settings.session(report), tenant, subject, to_file, where)


@main.group("lineage")
def lineage_group() -> None:
    """Tell where data came from and went to."""


@lineage_group.command("export")
@click.option("--from", "since", type=TIME, required=True, help="The first time, such as 2026-05-01.")
@click.option("--to", "before", type=TIME, required=True, help="The time before which it ends.")
@click.option("--tenant", help="Only what concerns this tenant; else all of them.")
@click.option("--namespace", help="What data sets are in; else postgres://HOST:PORT of this connection.")
@click.option(
    "-o",
    "--to-file",
    "to",
    type=click.Path(dir_okay=False, path_type=Path),
    required=True,
    help="The file to make.",
)
@reporting
def lineage_export_command(settings: Settings, report: Report, **options: Any) -> Exit:
    """Write events of OpenLineage 2-0-2 into a new file: what was done, and every table and view."""
    from comply_db.lineage import export

    return export(settings.session(report), **options)


@main.command("demo")
@click.option("--stop", is_flag=True, help="Stop the demo's server; its data stays.")
@click.option("--remove", is_flag=True, help="Stop the demo's server and remove its data.")
@reporting
def demo_command(settings: Settings, report: Report, **options: bool) -> Exit:
    """Deploy, load and look around on an embedded PostgreSQL, on no network."""
    from comply_db.demo import demo

    return demo(**options)


if __name__ == "__main__":
    main()
