"""Keys of tenants and subjects: made and wrapped here, kept wrapped, rotated without downtime.

Every step is a transaction of its own and compares before it writes: what was cut off is run again.
"""

from __future__ import annotations

import random
import time
from typing import Any
from uuid import UUID, uuid4

from psycopg import errors as pg

from comply_db import envelope
from comply_db.errors import Exit, RunnerError
from comply_db.kek import Kek, open_kek, unwrap_key, wrap_key
from comply_db.session import Session

PASSING = (pg.DeadlockDetected, pg.LockNotAvailable, pg.SerializationFailure)
TRIES = 10

WRAPPED = "select w.* from comply.wrapped_keys(%(tenant)s, %(subject)s) as w"
ADD = """
select comply.add_data_key(
  %(tenant)s, %(named)s, %(wrapped)s, %(alg)s, %(wrapper)s, %(check)s, %(subject)s, %(table)s, %(column)s)
"""
REWRAP = """
select comply.rewrap_data_key(%(tenant)s, %(key_id)s, %(old_wrapper)s, %(wrapped)s, %(alg)s, %(wrapper)s)
"""
TO_REWRAP = "select k.* from comply.keys_to_rewrap(%(wrapper)s, %(tenant)s) as k"
OPEN = "select comply.open_keys(%(ids)s::uuid[], %(keys)s::bytea[], %(tenant)s)"
BATCH = "select b.* from comply.reseal_batch(%(tenant)s, %(table_name)s, %(column_name)s, %(batch)s) as b"
PROGRESS = "select p.* from comply.reseal_progress(%(tenant)s) as p"
INVENTORY = "select i.* from comply.key_inventory(%(tenant)s) as i"


def open_keks(session: Session, where: tuple[str, ...]) -> list[Kek]:
    """Return the wrapping keys that the command line names; the first wraps, all unwrap."""
    if not where:
        raise RunnerError(
            Exit.USAGE,
            "no key wraps",
            "Name one: --kek https://VAULT.vault.azure.net/keys/NAME, or --kek file:PATH.",
        )
    return [open_kek(one, session.options.auth) for one in where]


def add(
    session: Session, tenant: str, subject: str | None, column: str | None, where: tuple[str, ...]
) -> Exit:
    """Make the key of a tenant, of one of its subjects, or of a blind index, unless there is one."""
    keks = open_keks(session, where)
    session.open()
    table, _, name = (column or "").partition(".")
    scope = {"is_subject": subject is not None, "table_name": table or None, "column_name": name or None}
    rows = session.rows(WRAPPED, {"tenant": tenant, "subject": subject})
    there = next((r for r in rows if r["state"] == "active" and scope.items() <= r.items()), None)
    if there:
        session.report.document["key_id"] = str(there["key_id"])
        session.report.say(f"{there['key_id']} is there already")
        return Exit.OK
    named = _add(session, keks, rows, tenant, subject, (table or None, name or None))
    session.report.document["key_id"] = str(named)
    session.report.say(f"{named} is active")
    return Exit.OK


def rotate(session: Session, tenant: str, where: tuple[str, ...], batch: int, pause: float) -> Exit:
    """Give a tenant a new key and seal its rows under it; or finish that where it was cut off."""
    keks = open_keks(session, where)
    session.open()
    rows = session.rows(WRAPPED, {"tenant": tenant, "subject": None})
    if not any(r["purpose"] == "enc" for r in rows):
        raise RunnerError(
            Exit.INVALID, f"tenant {tenant} has no key", f"Add one: comply-db keys add {tenant}"
        )
    progress = session.rows(PROGRESS, {"tenant": tenant})
    if any(p["is_due"] for p in progress):
        session.report.say(f"a rotation to {progress[0]['key_id']} is not finished: it goes on")
    else:
        _add(session, keks, rows, tenant, None, (None, None))
        rows = session.rows(WRAPPED, {"tenant": tenant, "subject": None})
    keys = {r["key_id"]: _unwrapped(keks, tenant, r) for r in rows if r["purpose"] == "enc"}
    active = next(r["key_id"] for r in rows if r["purpose"] == "enc" and r["state"] == "active")

    subjects = _rewrap_subjects(session, tenant, keys, active)
    done = 0
    for column in session.rows(PROGRESS, {"tenant": tenant}):
        done += _reseal(session, tenant, keys, column, batch, pause)
    session.report.document |= {"key_id": str(active), "rows_sealed": done, "subject_keys": subjects}
    session.report.say(
        f"{active} is active: {done} row(s) sealed anew, {subjects} key(s) of subjects wrapped anew"
    )
    return Exit.OK


def rotate_kek(session: Session, to: str, where: tuple[str, ...]) -> Exit:
    """Wrap every key by another key outside the database; the keys themselves stay."""
    new = open_kek(to, session.options.auth)
    keks = [new, *(open_kek(one, session.options.auth) for one in where if one != to)]
    session.open()
    done = lost = 0
    while rows := session.rows(TO_REWRAP, {"wrapper": new.kid, "tenant": None}):
        for row in rows:
            purpose = row["purpose"]
            key = unwrap_key(keks, row["old_wrapper"], row["wrapped"], row["tenant"], purpose, row["key_id"])
            wrapped = wrap_key(new, key, row["tenant"], purpose, row["key_id"])
            won = session.value(REWRAP, row | {"wrapped": wrapped, "alg": new.alg, "wrapper": new.kid})
            done, lost = done + won, lost + (not won)
        session.report.progress(f"{done} key(s) wrapped by {new.kid}")
    session.report.document |= {"kek_kid": new.kid, "keys_wrapped": done, "keys_passed": lost}
    session.report.say(f"{new.kid} wraps all keys: {done} wrapped anew")
    return Exit.OK


def inventory(session: Session, tenant: str | None) -> Exit:
    """Show which keys there are, and how far rows have come to the newest."""
    session.open()
    rows = session.rows(INVENTORY, {"tenant": tenant})
    session.report.document["keys"] = rows
    for r in rows:
        what = r["key_id"] or f"{r['keys']} key(s)"
        version = f" v{r['version']}" if r["version"] else ""
        session.report.say(
            f"{r['tenant']} {r['purpose']} {r['scope']}{version} {r['state']}: {what}, {r['wrapper']}"
        )
    for name in sorted({r["tenant"] for r in rows}):
        for p in session.rows(PROGRESS, {"tenant": name}):
            if p["is_due"]:
                where = f"{p['table_name']}.{p['column_name']}"
                session.report.say(f"{name} {where}: not all rows are known to be under {p['key_id']}")
    return Exit.OK


def _add(
    session: Session,
    keks: list[Kek],
    rows: list[dict[str, Any]],
    tenant: str,
    subject: str | None,
    column: tuple[str | None, str | None],
) -> UUID:
    """Make a key, wrap it and add it; return its id."""
    key, named = envelope.new_key(), uuid4()
    if subject is None:
        purpose = "bidx" if column[0] else "enc"
        wrapped = wrap_key(keks[0], key, tenant, purpose, named)
        alg, wrapper = keks[0].alg, keks[0].kid
    else:
        above = next(
            (r for r in rows if r["purpose"] == "enc" and not r["is_subject"] and r["state"] == "active"),
            None,
        )
        if above is None:
            raise RunnerError(
                Exit.INVALID, f"tenant {tenant} has no key", f"Add one: comply-db keys add {tenant}"
            )
        wrapped = envelope.wrap_subject_key(
            key, tenant, named, _unwrapped(keks, tenant, above), above["key_id"]
        )
        alg, wrapper = "envelope-1", str(above["key_id"])
    session.value(
        ADD,
        {
            "tenant": tenant,
            "named": named,
            "wrapped": wrapped,
            "alg": alg,
            "wrapper": wrapper,
            "check": envelope.check_value(key),
            "subject": subject,
            "table": column[0],
            "column": column[1],
        },
    )
    return named


def _unwrapped(keks: list[Kek], tenant: str, row: dict[str, Any]) -> bytes:
    return unwrap_key(keks, row["wrapper"], row["wrapped"], tenant, row["purpose"], row["key_id"])


def _rewrap_subjects(session: Session, tenant: str, keys: dict[UUID, bytes], active: UUID) -> int:
    """Wrap the keys of subjects under the tenant's newest; return how many."""
    done = 0
    while rows := session.rows(TO_REWRAP, {"wrapper": str(active), "tenant": tenant}):
        for row in rows:
            named = row["key_id"]
            key = envelope.unwrap_subject_key(row["wrapped"], tenant, named, keys[UUID(row["old_wrapper"])])
            wrapped = envelope.wrap_subject_key(key, tenant, named, keys[active], active)
            done += session.value(
                REWRAP, row | {"wrapped": wrapped, "alg": "envelope-1", "wrapper": str(active)}
            )
        session.report.progress(f"{done} key(s) of subjects wrapped anew")
    return done


def _reseal(
    session: Session, tenant: str, keys: dict[UUID, bytes], column: dict[str, Any], batch: int, pause: float
) -> int:
    """Seal the rows of one column under the newest key, a batch a transaction; return how many."""
    done, tries, finished = 0, 0, not column["is_due"]
    parameters = {"tenant": tenant, "batch": batch} | column
    while not finished:
        try:
            with session.conn.transaction():
                session.value(OPEN, {"ids": list(keys), "keys": list(keys.values()), "tenant": tenant})
                step = session.row(BATCH, parameters)
        except PASSING:
            tries += 1
            if tries == TRIES:
                raise
            time.sleep(random.uniform(0, 0.1 * 2**tries))  # noqa: S311 - jitter is no secret
            continue
        tries, finished = 0, step["is_finished"]
        done += step["rows_done"]
        session.report.progress(f"{column['table_name']}.{column['column_name']}: {done} row(s) sealed anew")
        if pause and not finished:
            time.sleep(pause)
    return done
