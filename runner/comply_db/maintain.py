"""Upkeep for a scheduler that is not pg_cron."""

from comply_db.errors import Exit
from comply_db.session import Session


def maintain(session: Session) -> Exit:
    """Do all upkeep that is due, and report the partitions' health; exit 4 where a check of them fails."""
    session.open()
    session.conn.add_notice_handler(
        lambda notice: session.report.say(f"{notice.severity}: {notice.message_primary}")
    )
    session.run("call comply.maintain()")
    findings = session.rows("select * from comply.partition_health() as p where p.status <> 'ok'")
    session.report.document["partitions"] = findings
    for finding in findings:
        session.report.say("{status}: {name} of {table_name}: {observed}. {next_step}".format(**finding))
    return Exit.INVALID if any(finding["status"] == "fail" for finding in findings) else Exit.OK
