"""What a deployment would stumble over, asked before it starts."""

import time

import psycopg

from comply_db.errors import Exit, RunnerError
from comply_db.session import Session

FACTS = """
select
  session_user::text as login,
  r.rolsuper,
  r.rolcreaterole,
  pg_catalog.has_database_privilege(current_database(), 'create') as may_create,
  (
    select n.nspowner::pg_catalog.regrole::text
    from pg_catalog.pg_namespace as n
    where n.nspname = 'public'
  ) as public,
  exists (select from pg_catalog.pg_roles as o where o.rolname = 'comply_owner') as has_owner,
  current_setting('server_version_num')::integer as version,
  current_setting('default_transaction_read_only')::boolean or pg_catalog.pg_is_in_recovery() as read_only,
  current_setting('azure.extensions', true) as extensions,
  (
    -- Hidden from most logins, in which case there is no row.
    select s.setting
    from pg_catalog.pg_settings as s
    where s.name = 'shared_preload_libraries'
  ) as preload,
  pg_catalog.pg_database_size(current_database()) as bytes,
  current_setting('server_encoding') as encoding,
  extract(epoch from pg_catalog.clock_timestamp())::float8 as clock
from pg_catalog.pg_roles as r
where r.rolname = session_user
"""


def doctor(session: Session) -> Exit:
    """Check the login, its rights and the server; exit 4 if a deployment would fail."""
    session.open()
    fact = session.row(FACTS)
    acts = owner_problem(session) if fact["has_owner"] else None
    version, skew = fact["version"], abs(fact["clock"] - time.time())
    checks = [
        ("principal", True, f"{fact['login']}{', a superuser' if fact['rolsuper'] else ''}", None),
        (
            "roles",
            fact["rolsuper"] or fact["rolcreaterole"] or fact["has_owner"],
            "comply_owner exists" if fact["has_owner"] else f"CREATEROLE {fact['rolcreaterole']}",
            "The first deployment makes roles: log in as one with CREATEROLE, on Azure an administrator.",
        ),
        (
            "set role",
            acts is None,
            acts or ("can act as comply_owner" if fact["has_owner"] else "comply_owner is not there yet"),
            "Have the role's maker run: grant comply_owner to this login.",
        ),
        (
            "create",
            fact["may_create"] or fact["has_owner"],
            f"CREATE on the database {fact['may_create']}, schema public owned by {fact['public']}",
            "Have the database's owner run: grant create on database ... to this login.",
        ),
        (
            "version",
            # Which minor releases have known holes, comply.health() knows.
            15 <= version // 10000 <= 18,
            str(version),
            "Use PostgreSQL 15, 16, 17 or 18.",
        ),
        (
            "read-only",
            not fact["read_only"],
            f"{fact['read_only']}",
            "Storage may be full, or this is a replica.",
        ),
        ("encoding", fact["encoding"] == "UTF8", fact["encoding"], "Create the database with encoding UTF8."),
        ("pooler", True, "none in between", None),
        ("azure.extensions", True, fact["extensions"] or "not set, or not Azure", None),
        (
            "preload",
            True,
            "not for this login to see" if fact["preload"] is None else fact["preload"] or "nothing",
            None,
        ),
        ("size", True, f"{fact['bytes']} bytes", None),
        ("clock", skew < 60, f"{skew:.1f} s apart", "Set the clock: tokens and retention depend on it."),
    ]
    session.report.document["checks"] = [
        {"name": name, "ok": bool(ok), "observed": observed, "next_step": None if ok else step}
        for name, ok, observed, step in checks
    ]
    for name, ok, observed, step in checks:
        session.report.say(f"{'ok  ' if ok else 'FAIL'} {name}: {observed}{'' if ok else '. ' + str(step)}")
    if not all(ok for _, ok, _, _ in checks):
        raise RunnerError(Exit.INVALID, "a deployment would fail here")
    return Exit.OK


def owner_problem(session: Session) -> str | None:
    """Return why this login cannot act as comply_owner, or None if it can."""
    try:
        session.run("set role comply_owner; reset role")
    except psycopg.errors.InsufficientPrivilege as error:
        return error.diag.message_primary
    return None
