"""What is no longer as the files left it."""

from comply_db.errors import Exit, RunnerError
from comply_db.session import Session


def drift(session: Session) -> Exit:
    """Report every object, and every row of the history, that something else than a deployment changed."""
    session.open()
    if not session.has_history:
        raise RunnerError(Exit.PENDING, "nothing is deployed")
    session.act_as_owner()
    rows = session.rows("select object, path, state from comply_private.drift()")
    rows += session.rows(
        "select format('history event %%s: %%s', seq, problem) as object, path, 'changed' as state"
        " from comply_private.verify_history()",
        {},
    )
    session.report.document["drift"] = rows
    for row in rows:
        session.report.say(f"{row['state']}: {row['object']}{' of ' + row['path'] if row['path'] else ''}")
    if not rows:
        session.report.say("no drift")
        return Exit.OK
    raise RunnerError(
        Exit.DRIFT, f"{len(rows)} object(s) differ", "Find who changed them; then deploy or undo it."
    )
