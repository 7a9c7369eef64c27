"""Digests that leave the database, and the check of the database against those that left.

Inside the database there is access control; only what is kept outside is evidence. So a digest is written
once, where the database cannot reach it, and none unless the newest one there is in its history.
"""

import json
import re
from typing import Any

import psycopg

from comply_db import proof
from comply_db.errors import Exit, RunnerError
from comply_db.session import Session
from comply_db.store import Store, open_store

FORMAT = "comply-db-digest-1"
NAME = re.compile(r"([0-9]{4,})-([0-9]{8,})\.json")
# What consistency_proof raises where a digest is none of this database, or none of its past.
NOT_IN_HISTORY = ("PC208", "PC209")

NEWEST = """
select c.incarnation, c.seq, encode(c.digest, 'hex') as digest, c.made_at
from comply.ledger_checkpoints as c
order by c.seq desc
limit 1
"""

UNKNOWN = """
select k.name
from jsonb_to_recordset(%(kept)s) as k (name text, incarnation integer, seq bigint, digest text)
where not exists (
  select
  from comply.ledger_checkpoints as c
  where c.digest = decode(k.digest, 'hex')
    and c.incarnation = k.incarnation
    and c.seq = k.seq
)
order by k.name
"""

PROBLEMS = """
select v.problem, v.tenant, v.stream, v.block_no, v.audit_id, v.detail
from comply.verify_audit(%(tenant)s, %(digest)s) as v
"""


def checkpoint(session: Session, to: str) -> Exit:
    """Make a checkpoint and write its digest, with the proof that it continues the newest one there."""
    store = open_store(to, session.options.auth)
    names = _names(store)
    session.open()
    # One transaction, so that a refusal leaves no checkpoint.
    with session.conn.transaction():
        session.value("select comply.checkpoint()")
        made = session.row(NEWEST)
        if names and _read(store, names[-1])["digest"] == made["digest"]:
            session.report.say(f"{store.where}/{names[-1]} is the newest: nothing was sealed since")
            return Exit.OK
        document = {
            "format": FORMAT,
            "database": session.report.document["database"],
            **made,
            "made_at": made["made_at"].isoformat(),
            **_continued(session, store, names, made),
        }
    name = f"{made['incarnation']:04}-{made['seq']:08}.json"
    store.create(name, (json.dumps(document, indent=1) + "\n").encode())
    # After it was written: what is told here has left.
    session.value(
        "select comply.record_checkpoint_export(%(digest)s, %(location)s)",
        {"digest": made["digest"], "location": f"{store.where}/{name}"},
    )
    session.report.document["checkpoint"] = {"file": f"{store.where}/{name}"} | document
    session.report.say(f"{store.where}/{name}: {made['digest']}")
    for lost in document["lost"]:
        session.report.say(f"warning: {lost['name']} is not in the history of this incarnation")
    return Exit.OK


def verify_audit(session: Session, tenant: str | None, digest: str | None, digests: str | None) -> Exit:
    """Report every problem of the trail and its ledger, and every digest outside that the database lacks."""
    store = open_store(digests, session.options.auth) if digests else None
    kept = [_read(store, name) for name in _names(store)] if store else []
    # What a new incarnation gave up is said in its first file, and stays said there.
    given_up = {lost["digest"] for each in kept for lost in each["lost"]}
    kept = [each for each in kept if each["digest"] not in given_up]
    session.open()
    problems = [
        {
            "problem": "digest_missing",
            "detail": f"{store.where}/{row['name']} is not a checkpoint of this database",
        }
        for row in (session.rows(UNKNOWN, {"kept": kept}) if kept and store else [])
    ]
    missing = {row["detail"] for row in problems}
    if digest is None and kept and not missing:
        digest = kept[-1]["digest"]
    problems += session.rows(PROBLEMS, {"tenant": tenant, "digest": digest})
    session.report.document |= {"problems": problems, "digests": len(kept), "digest": digest}
    for row in problems:
        place = ", ".join(
            f"{title} {row[name]}"
            for name, title in (
                ("tenant", "tenant"),
                ("stream", "in"),
                ("block_no", "block"),
                ("audit_id", "row"),
            )
            if row.get(name) is not None
        )
        session.report.say(f"{row['problem']}: {row['detail']}{f' ({place})' if place else ''}")
    if problems:
        raise RunnerError(
            Exit.TAMPERED, f"{len(problems)} problem(s)", "docs/ledger.md says what each problem means."
        )
    outside = (
        f"against {len(kept)} digest(s) outside"
        if kept
        else "against the digest"
        if digest
        else "from inside"
    )
    session.report.say(f"intact, checked {outside}")
    return Exit.OK


def _names(store: Store) -> list[str]:
    """Return the names of the digests there, the oldest first."""
    found = [match for match in map(NAME.fullmatch, store.names()) if match]
    return [match[0] for match in sorted(found, key=lambda match: (int(match[1]), int(match[2])))]


def _read(store: Store, name: str) -> dict[str, Any]:
    """Return a digest that was written, with the name of its file. Raises RunnerError where it is none."""
    match = NAME.fullmatch(name)
    try:
        document = json.loads(store.read(name))
        numbers = (document["incarnation"], document["seq"])
        sound = (
            document["format"] == FORMAT
            and numbers == (int(match[1]), int(match[2]))
            and re.fullmatch("[0-9a-f]{64}", document["digest"]) is not None
            and all(re.fullmatch("[0-9a-f]{64}", lost["digest"]) for lost in document["lost"])
        )
    except (ValueError, TypeError, KeyError):
        sound = False
    if not sound:
        raise RunnerError(
            Exit.INVALID,
            f"{store.where}/{name} is no digest of a checkpoint",
            "If a crash cut it short, move it away; if not, find out who changed it.",
        )
    return document | {"name": name}


def _continued(session: Session, store: Store, names: list[str], made: dict[str, Any]) -> dict[str, Any]:
    """Return the proof that the newest digest outside is in the history of a checkpoint.

    After a restore, a new incarnation may lack digests of earlier ones: those are named, and the newest that
    it has is proven. Raises RunnerError where one of its own incarnation is lacking.
    """
    lost = []
    for name in reversed(names):
        kept = _read(store, name)
        try:
            with session.conn.transaction():
                text = session.value(
                    "select comply.consistency_proof(%(old)s, %(new)s)::text",
                    {"old": kept["digest"], "new": made["digest"]},
                )
            proof.check(text.encode(), made["digest"])
            found = json.loads(text)
            proof.require(found["from"]["digest"] == kept["digest"], "from: of another digest")
            return {"continues": name, "proof": found, "lost": lost}
        except (psycopg.Error, proof.RefusedError) as error:
            if isinstance(error, psycopg.Error) and error.sqlstate not in NOT_IN_HISTORY:
                raise
            if kept["incarnation"] >= made["incarnation"]:
                raise RunnerError(
                    Exit.TAMPERED,
                    f"{store.where}/{name} is not in the history of this database",
                    "It was rolled back or rewritten. If you restored it yourself, call "
                    "comply.begin_incarnation(reason, digest). Nothing was written.",
                ) from error
            lost.append({"name": name, "digest": kept["digest"]})
    return {"continues": None, "proof": None, "lost": lost}
