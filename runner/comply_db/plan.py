"""What is to be done: the manifest against the database, and the units that carry it out."""

import difflib
from dataclasses import dataclass, field

from comply_db.errors import Exit, RunnerError
from comply_db.manifest import PRELUDE, Manifest, SqlFile
from comply_db.session import Session

NEWS = ("pending", "changed", "resume")
REFUSALS = {
    "edited": "was edited after it was applied",
    "renamed": "was applied under another name",
    "missing": "was applied, and the manifest does not name it",
    "out_of_order": "comes after a higher version that is applied",
}


@dataclass(frozen=True)
class Unit:
    """Files that take effect at once. texts is what is sent: the prelude too, where it stands between."""

    files: tuple[SqlFile, ...]
    texts: tuple[SqlFile, ...]
    is_bootstrap: bool = False
    rebuilds: tuple[SqlFile, ...] = ()

    @property
    def is_transactional(self) -> bool:
        """Whether it is one transaction; if not, it is one file."""
        return self.files[0].is_transactional


@dataclass(frozen=True)
class Plan:
    """How each file stands to the database, by the judgement of comply_private.judge_manifest."""

    manifest: Manifest
    verdicts: dict[str, str]
    applied_as: dict[str, str] = field(default_factory=dict)

    @property
    def pending(self) -> list[SqlFile]:
        """The files that a deployment would run, in order."""
        return [f for f in self.manifest.named if self.verdicts[f.path] in NEWS]

    @property
    def refused(self) -> dict[str, str]:
        """The files that nothing but a person resolves, and why."""
        return {p: v for p, v in self.verdicts.items() if v in REFUSALS}

    def units(self) -> list[Unit]:
        """Return the units of the pending files: the bootstrap, runs of functions, and else one a file."""
        pending = self.pending
        bootstrap = [f for f in pending if f.path in self.manifest.bootstrap]
        units: list[Unit] = []
        if bootstrap:
            wanted = {f.path for f in bootstrap} | {PRELUDE}
            texts = [
                self.manifest.files[p] for p in self.manifest.lines if p in wanted & self.manifest.bootstrap
            ]
            units.append(Unit(tuple(bootstrap), tuple(texts), is_bootstrap=True))
        run: list[SqlFile] = []
        known = {p for p, v in self.verdicts.items() if v in ("applied", "changed")}
        for file in pending[len(bootstrap) :]:
            if file.path in {r.path for u in units for r in u.rebuilds}:
                continue
            if run and not (
                file.kind == run[0].kind == "functions" and not run[0].headers and not file.headers
            ):
                units.append(Unit(tuple(run), tuple(run)))
                run = []
            rebuilt = tuple(
                self.manifest.files[path]
                for name, path in file.headers
                if name == "rebuild" and path in known and path in self.manifest.files
            )
            if rebuilt:
                units.append(Unit((file, *rebuilt), (file, *rebuilt), rebuilds=rebuilt))
            else:
                run.append(file)
            known.add(file.path)
        if run:
            units.append(Unit(tuple(run), tuple(run)))
        return units


def judge(session: Session, manifest: Manifest, upto: int | None = None) -> Plan:
    """Ask the database how each file of a manifest stands to it, in one round trip.

    Raises RunnerError where a file cannot be deployed as it is, with the difference in its hint.
    """
    part = manifest.upto(upto)
    if not session.has_history:
        return Plan(part, {f.path: "pending" for f in part.named})
    session.act_as_owner()
    rows = session.rows(
        "select * from comply_private.judge_manifest(%(manifest)s)",
        {"manifest": [{"path": f.path, "checksum": f.checksum} for f in manifest.named]},
    )
    plan = Plan(
        part,
        {row["path"]: row["verdict"] for row in rows},
        {row["path"]: row["applied_as"] for row in rows if row["applied_as"]},
    )
    if all(verdict == "pending" for verdict in plan.verdicts.values()):
        raise RunnerError(
            Exit.INVALID,
            "the schema is there, and its history is empty: psql installed it",
            "Adopt it once with comply-db baseline N, N being the last version that psql installed.",
        )
    return plan


def refuse_unless_clean(session: Session, plan: Plan) -> None:
    """Raise RunnerError with exit 4 where a versioned file is not as it was applied, with the difference."""
    if not plan.refused:
        return
    lines = []
    for path, verdict in plan.refused.items():
        lines.append(f"{path} {REFUSALS[verdict]}")
        applied = plan.applied_as.get(path)
        now = plan.manifest.files.get(path)
        if verdict == "out_of_order" or applied is None:
            continue
        if applied != path:
            lines.append(f"  applied as {applied}")
        before = session.value(
            "select content from comply_private.schema_migration_events"
            " where path = %(path)s and content is not null order by seq desc limit 1",
            {"path": applied},
        )
        lines += difflib.unified_diff(
            (before or "").splitlines(),
            (now.text if now else "").splitlines(),
            f"applied {applied}",
            f"now {path}" if now else "now /dev/null",
            lineterm="",
        )
    raise RunnerError(
        Exit.INVALID,
        "\n".join(lines),
        "Put the file back and write a new version; only comply-db baseline --accept PATH --reason TEXT"
        " accepts an edit.",
    )
