"""What services, analysts and auditors ask most: by its index, from its months, no more rows than it needs.

No time is measured: plans, rows and buffers do not drift with the machine. What each question read when it
was last looked at is in query_plans/, by major version; COMPLY_WRITE_PLANS=1 writes that anew. So are the
identifiers by which pg_stat_statements knows a query, where they are the same in every database: from version
18 on, of queries that call none of our functions. The others have oids in them.
"""

import json
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import psycopg
import pytest
from conftest import ROOT, Database

sys.path.insert(0, str(ROOT / "bench/queries"))
from asked import Answer, Question, Watcher, draw, questions

BASELINES = Path(__file__).with_name("query_plans")
QUESTIONS = {question.name: question for question in questions()}
# One with half of all records, and one of the others.
LARGE, SMALL = "sample-0001", "sample-0010"
# In a year of which the server's clock knows nothing, so that months and rows are the same on every day.
CLOCK = "set comply.now = '2041-12-15 12:00+00'"
SAMPLE = """
select comply.ensure_partitions();
select comply.generate_sample(1000, 60000, 24, 1);
"""
# What a page more or less may be: a plan is watched in a session that has a history.
TOLERANCE = 0.2, 8


class Asked:
    """A connection that asks as others, and what there is to ask about."""

    def __init__(self, conn: psycopg.Connection[Any]) -> None:
        self.conn = conn
        conn.execute(CLOCK)
        self.values = {tenant: draw(conn, 1, [tenant])[0] for tenant in (LARGE, SMALL)}
        self.watcher = Watcher(conn)

    def ask(self, question: Question, tenant: str = LARGE, is_custom: bool = False) -> Answer:
        """Return what the server did to answer a question about a tenant."""
        return self.watcher.ask(question, self.values[tenant], is_custom)


@pytest.fixture(scope="module")
def asked(make_database: Callable[..., Database], template: Database) -> Iterator[Asked]:
    """A database with a sample and a trail of two years, its statistics taken from every row."""
    database = make_database(template)
    database.run(f"alter database {database.name} set default_statistics_target = 1000")
    with database.connect(None) as conn:
        conn.execute(CLOCK)
        conn.execute(SAMPLE)
        conn.execute((ROOT / "bench/queries/trail.sql").read_text(encoding="utf-8"))
        conn.execute("call comply.refresh_rollups()")
        tables = conn.execute(
            "select string_agg(c.oid::regclass::text, ', ') from pg_class as c"
            " where c.relnamespace in ('comply'::regnamespace, 'comply_private'::regnamespace)"
            " and c.relkind = 'r'"
        ).fetchone()[0]
        # Of the catalog as well, which autovacuum looks at when it comes by.
        conn.execute(f"vacuum (analyze) {tables}, pg_class, pg_inherits, pg_index, pg_attribute, pg_proc")
    with database.connect(None) as conn:
        yield Asked(conn)


@contextmanager
def planted(asked: Asked, fault: str) -> Iterator[None]:
    """Run statements that spoil something, for as long as the block lasts."""
    with asked.conn.transaction(force_rollback=True):
        asked.conn.execute(fault)
        yield


def test_there_are_twenty() -> None:
    """Each kind of role that asks has its questions."""
    assert len(QUESTIONS) == 20
    assert {question.role for question in QUESTIONS.values()} == {
        "comply_app",
        "comply_analyst",
        "comply_auditor",
    }


@pytest.mark.parametrize("is_custom", [False, True], ids=["settled", "planned anew"])
@pytest.mark.parametrize("name", QUESTIONS)
def test_each_reads_little_more_than_it_returns(asked: Asked, name: str, is_custom: bool) -> None:
    """By its index, from its months alone, and policies ask for the tenant once a statement."""
    question = QUESTIONS[name]
    for tenant in (LARGE, SMALL) if question.of_a_tenant else (LARGE,):
        answer = asked.ask(question, tenant, is_custom)
        assert answer.faults(question) == [], tenant
        assert answer.returned or tenant == SMALL


def differences(now: dict[str, Any], then: dict[str, Any]) -> list[str]:
    """Return how what a question reads differs from what it read."""
    share, pages = TOLERANCE
    found = []
    if abs(now["buffers"] - then["buffers"]) > max(share * then["buffers"], pages):
        found.append(f"{now['buffers']} buffers, not {then['buffers']}")
    if now["identifier"] != then["identifier"]:
        found.append(f"another query: {now['identifier']}, not {then['identifier']}")
    found += [f"a new plan: {shape}" for shape in now["plans"] if shape not in then["plans"]]
    return found


def told(asked: Asked, question: Question) -> dict[str, Any]:
    """Return what is kept of an answer."""
    answer = asked.ask(question)
    is_same_everywhere = question.has_owner_form and asked.conn.info.server_version >= 180000
    return {
        "identifier": answer.identifier if is_same_everywhere else None,
        "buffers": answer.buffers,
        "plans": answer.shapes,
    }


@pytest.fixture(scope="module")
def baseline(asked: Asked) -> dict[str, Any]:
    """What each question read when it was last looked at, on this version."""
    path = BASELINES / f"pg{asked.conn.info.server_version // 10000}.json"
    if os.environ.get("COMPLY_WRITE_PLANS"):
        found = {name: told(asked, question) for name, question in QUESTIONS.items()}
        path.parent.mkdir(exist_ok=True)
        path.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    return json.loads(path.read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", QUESTIONS)
def test_each_reads_what_it_read(asked: Asked, baseline: dict[str, Any], name: str) -> None:
    """As many buffers, by the same plans."""
    assert differences(told(asked, QUESTIONS[name]), baseline[name]) == []


def called_directly(table: str, policies: str) -> str:
    """Return policies that call their function where they compare, and not in a sub-select."""
    return ";".join(
        f"alter policy {table}_{policy} on comply.{table} using (tenant_id = comply.current_tenant())"
        for policy in policies.split()
    )


EACH_ROW = """
create function comply_private.is_of_tenant(tenant_id text) returns boolean language plpgsql stable
  as 'begin return tenant_id = comply.current_tenant(); end';
alter policy storage_records_tenant_floor on comply.storage_records
  using (comply_private.is_of_tenant(tenant_id));
grant execute on function comply_private.is_of_tenant(text) to comply_app;
"""


@pytest.mark.parametrize(
    ("name", "fault", "kind"),
    [
        # What is spoilt, and what it is told as.
        ("record_by_text", "drop index comply.storage_records_source_data_hash_idx", "index"),
        ("records_of_a_subject", "drop index comply.storage_records_subject_id_idx", "index"),
        ("records_of_a_subject", "drop index comply.storage_records_subject_id_idx", "reads"),
        ("failed_calls", "drop index comply.detector_executions_failed_idx", "reads"),
        ("trace_of_a_request", "drop index comply.audit_trail_correlation_id_timestamp_idx", "index"),
        ("changes_by_a_person", "drop index comply.audit_trail_actor_idx", "reads"),
        (
            "latest_records",
            called_directly("storage_records", "tenant_reads tenant_writes tenant_floor"),
            "policy: its function is in a condition",
        ),
        (
            "record_by_id",
            called_directly("storage_records", "tenant_floor"),
            "policy: its functions are called",
        ),
        (
            "record_history",
            called_directly("audit_trail", "tenant_floor"),
            "policy: its functions are called",
        ),
        ("latest_records", EACH_ROW, "policy: its functions are called"),
    ],
)
def test_what_is_spoilt_is_seen(asked: Asked, name: str, fault: str, kind: str) -> None:
    """An index that is gone and a policy that asks for each row are told, each as what it is."""
    with planted(asked, fault):
        faults = asked.ask(QUESTIONS[name]).faults(QUESTIONS[name])
    assert any(each.startswith(kind) for each in faults), faults


@pytest.mark.parametrize("name", ["records_of_a_day", "records_by_confidence", "failed_calls"])
def test_a_time_that_prunes_no_month_is_seen(asked: Asked, name: str) -> None:
    """A condition on what is computed from a time opens every month."""
    question = QUESTIONS[name]
    spoilt = replace(
        question, text=question.text.replace('"timestamp" >=', "\"timestamp\" + interval '0' >=")
    )
    assert spoilt.text != question.text
    spoilt = replace(spoilt, text=spoilt.text.replace('"timestamp" <', "\"timestamp\" + interval '0' <"))
    assert any(each.startswith("months") for each in asked.ask(spoilt).faults(question))


@pytest.mark.parametrize(
    ("name", "fault"),
    [
        ("record_by_id", "drop index comply.storage_records_id_idx"),
        (
            "activity_of_a_month",
            "alter table comply_private.rollup_totals drop constraint rollup_totals_pkey",
        ),
    ],
)
def test_other_plans_and_more_buffers_are_seen(
    asked: Asked, baseline: dict[str, Any], name: str, fault: str
) -> None:
    """The comparison with what was read before tells of both."""
    with planted(asked, fault):
        found = differences(told(asked, QUESTIONS[name]), baseline[name])
    assert any("buffers" in each for each in found), found
    assert any("new plan" in each for each in found), found


def test_another_query_is_seen(asked: Asked, baseline: dict[str, Any]) -> None:
    """Where its identifier is the same in every database."""
    question = QUESTIONS["record_by_id"]
    other = replace(question, text=question.text.replace("r.*", "r.id"))
    found = differences(told(asked, other), baseline["record_by_id"])
    assert any("another query" in each for each in found) == (asked.conn.info.server_version >= 180000)
