"""What deploy would do: the units in order, their locks, and the whole of it as a script for psql."""

import re
import sys

from comply_db.errors import Exit
from comply_db.manifest import PRELUDE, Manifest, SqlFile
from comply_db.plan import Plan, Unit, judge, refuse_unless_clean
from comply_db.session import LOCK_KEYS, Session
from comply_db.statements import CAN_PARSE, session_settings, split

# What a statement locks, by how it begins. Good enough to show; deploy --dry-run measures.
LOCKS = (
    (r"create (unique )?index concurrently", "SHARE UPDATE EXCLUSIVE"),
    (r"create (unique )?index", "SHARE: writers wait"),
    (r"create (or replace )?(constraint )?trigger", "SHARE ROW EXCLUSIVE: writers wait"),
    (
        r"(alter table|drop table|truncate|(create|alter|drop) policy|drop (index|trigger)|reindex)",
        "ACCESS EXCLUSIVE: readers wait",
    ),
    (r"(insert|update|delete|merge)", "ROW EXCLUSIVE"),
)


def preview(session: Session, manifest: Manifest, to: int | None, as_sql: bool) -> Exit:
    """Report what is pending; with as_sql print it as a script that psql runs instead of the runner."""
    session.open()
    plan = judge(session, manifest, to)
    refuse_unless_clean(session, plan)
    report, units = session.report, plan.units()
    report.document["pending"] = [f.path for f in plan.pending]
    if session.has_history:
        report.document["orphans"] = session.rows(
            "select o.object, o.path from comply_private.orphans(%(paths)s) as o",
            {"paths": [f.path for f in manifest.named]},
        )
        report.document["drift"] = session.rows("select object, path, state from comply_private.drift()")
    for unit in units:
        report.say(f"{'one transaction' if unit.is_transactional else 'no transaction'}:")
        for file in unit.files:
            taken = locks(file)
            report.say(f"  {plan.verdicts[file.path]} {file.path}{': ' + '; '.join(taken) if taken else ''}")
            report.units.append(
                {
                    "path": file.path,
                    "kind": file.kind,
                    "action": plan.verdicts[file.path],
                    "outcome": "pending",
                    "locks": taken,
                }
            )
    for key in ("orphans", "drift"):
        for row in report.document.get(key, []):
            report.say(f"{row.get('state', 'orphan')}: {row['object']}")
    if as_sql:
        text = script(session, plan, units)
        report.document["sql"] = text
        if not report.as_json:
            sys.stdout.write(text)
    report.say(f"{len(plan.pending)} file(s) pending")
    return Exit.PENDING if plan.pending else Exit.OK


def locks(file: SqlFile) -> list[str]:
    """Return the locks of a file that others can feel, as 'LOCK: statement'."""
    taken = []
    for statement in split(file) if CAN_PARSE else file.text.split(";\n"):
        words = " ".join(statement.split())
        for pattern, lock in LOCKS:
            if re.match(pattern, words, re.I):
                target = re.search(
                    r"\b(?:on|table|into|update|from)\s+(?:only\s+)?([a-z_]+\.[a-z_0-9]+)", words, re.I
                )
                taken.append(f"{lock.split(':')[0]} on {target[1] if target else '?'}")
                break
    return sorted(set(taken))


def quoted(text: str) -> str:
    """Return a text as a dollar-quoted literal, in which psql replaces no variable."""
    tag = "sql"
    while f"${tag}$" in text:
        tag += "_"
    return f"${tag}${text}${tag}$"


def script(session: Session, plan: Plan, units: list[Unit]) -> str:
    """Return a psql script that does what deploy would do, tracking rows included."""
    lines = [
        "-- comply-db plan --sql: run with psql -X -f, as the login that deploys.",
        "\\set ON_ERROR_STOP on",
        "do $$",
        "begin",
        f"  if not pg_catalog.pg_try_advisory_lock({LOCK_KEYS[0]}, {LOCK_KEYS[1]}) then",
        "    raise exception 'another runner has the lock';",
        "  end if;",
        "end;",
        "$$;",
    ]
    prelude = plan.manifest.prelude
    for unit in units:
        fresh = unit.is_bootstrap and not session.has_history
        settings = " ".join(session_settings(f) for f in unit.files)
        lines += ["", "reset all;"]
        lines += ["begin;"] if unit.is_transactional else []
        if not fresh:
            lines += [prelude, settings, "select before from comply_private.begin_unit() \\gset unit_"]
        for rebuilt in unit.rebuilds:
            lines.append(f"select removal from comply_private.removals({quoted(rebuilt.path)}) \\gexec")
        lines += [f"{file.text}\n" for file in unit.texts]
        if any(file.path != PRELUDE for file in unit.texts):
            lines.append("set role comply_owner;")
        lines += ["begin;"] if not unit.is_transactional else []
        lines += [record(session, unit, fresh), "commit;"]
    return "\n".join(lines) + "\n"


def record(session: Session, unit: Unit, fresh: bool) -> str:
    """Return the statement that writes the tracking rows of a unit."""
    files = ",\n".join(
        "  jsonb_build_object("
        f"'path', {quoted(f.path)}, 'transactional', {str(f.is_transactional).lower()},"
        f" 'content', {quoted(f.text)},"
        f" 'revert_content', {quoted(f.revert) if f.revert is not None else 'null::text'})"
        for f in unit.files
    )
    before = "null" if fresh else ":'unit_before'::text[]"
    run_id = session.report.run_id
    return f"select comply_private.record_unit('{run_id}', jsonb_build_array(\n{files}),\n  {before});"
