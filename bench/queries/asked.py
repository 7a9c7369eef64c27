"""The questions of asked/, what they are asked about, and what the server did to answer one.

A question is a statement below a header: a sentence, then who asks (role; a service asks in the context of
its tenant), how long it may take (budget), by which index it is found (index; alternatives by "or"), how many
months of a table it may open (months), and how many rows it may read for each one that it returns (reads).
Parameters are written :name; what stands in /* owner: … */ is what the owner adds to get the same rows.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

HERE = Path(__file__).parent
READS = 10
# Functions that policies call.
POLICY_CALL = re.compile(r"\b(current_tenant|note_read|note_staff_read)\(")
CONDITIONS = ("Filter", "Index Cond", "Recheck Cond", "Join Filter", "Hash Cond", "Merge Cond", "TID Cond")
SCANS = ("Seq Scan", "Index Scan", "Index Only Scan", "Bitmap Heap Scan", "Tid Scan", "Tid Range Scan")
# What tells of the answer, and not of how it was found.
MODIFIERS = ("Join Type", "Strategy", "Scan Direction")


@dataclass(frozen=True)
class Question:
    """One question, as its file puts it; months and reads are None where there is no bound."""

    name: str
    asked: str
    role: str
    budget_ms: float
    indexes: tuple[str, ...]
    months: int | None
    reads: int | None
    text: str

    @property
    def of_a_tenant(self) -> bool:
        """Whether it is asked in the context of a tenant."""
        return self.role == "comply_app"

    @property
    def has_owner_form(self) -> bool:
        """Whether the owner of the table can ask the same."""
        return "/* owner:" in self.text

    def statement(self, as_owner: bool = False) -> tuple[str, list[str]]:
        """Return the statement with $1, $2 and so on, and the names of its parameters."""
        text = re.sub(r"/\* owner: (.*?) \*/", r"\1" if as_owner else "", self.text)
        names: list[str] = []

        def number(match: re.Match[str]) -> str:
            if match[1] not in names:
                names.append(match[1])
            return f"${names.index(match[1]) + 1}"

        return re.sub(r"(?<![:\w]):([a-z_]+)", number, text), names


def questions() -> list[Question]:
    """Return the questions by name."""
    return [_read(path) for path in sorted((HERE / "asked").glob("*.sql"))]


def _read(path: Path) -> Question:
    header, statement = re.fullmatch(
        r"((?:--[^\n]*\n)+)(.*)", path.read_text(encoding="utf-8"), re.DOTALL
    ).groups()
    first, *rest = (line.removeprefix("-- ") for line in header.splitlines())
    said = dict(line.split(": ", 1) for line in rest)
    question = Question(
        name=path.stem,
        asked=first,
        role=said.pop("role"),
        budget_ms=float(said.pop("budget").removesuffix(" ms")),
        indexes=tuple(name for name in said.pop("index", "").split(" or ") if name),
        months=_bound(said.pop("months", "all"), "all"),
        reads=_bound(said.pop("reads", str(READS)), "none"),
        text=statement.strip().removesuffix(";"),
    )
    if said:
        raise ValueError(f"{path}: nobody knows {', '.join(said)}")
    return question


def _bound(said: str, unbounded: str) -> int | None:
    return None if said == unbounded else int(said)


def draw(
    conn: psycopg.Connection[Any], wanted: int, tenants: list[str] | None = None, share: float = 100
) -> list[dict[str, str]]:
    """Return what to ask about, so many times, as texts."""
    conn.execute("set timezone = 'UTC'")
    query = (HERE / "draws.sql").read_text(encoding="utf-8")
    cursor = conn.execute(query, {"wanted": wanted, "tenants": tenants, "share": share})
    names = [column.name for column in cursor.description]
    return [
        {
            name: json.dumps(value) if isinstance(value, dict) else str(value)
            for name, value in zip(names, row, strict=True)
        }
        for row in cursor
    ]


@dataclass
class Answer:
    """What the server did for one answer, in all statements that it ran for it."""

    returned: int
    read: int = 0
    buffers: int = 0
    indexes: set[str] = field(default_factory=set)
    opened: dict[str, set[str]] = field(default_factory=dict)
    per_row: list[str] = field(default_factory=list)
    policy_calls: int = 0
    statements: int = 0
    identifier: int = 0
    shapes: list[str] = field(default_factory=list)

    @property
    def months(self) -> int:
        """How many partitions of a table were opened, of that with most."""
        return max((len(leaves) for leaves in self.opened.values()), default=0)

    def faults(self, question: Question) -> list[str]:
        """Return what is not as the question says that it is."""
        found = []
        if question.indexes and not self.indexes & set(question.indexes):
            found.append(f"index: {' or '.join(question.indexes)} is not used, but {sorted(self.indexes)}")
        if question.months is not None and self.months > question.months:
            found.append(f"months: {self.months} are opened, {question.months} may be")
        if question.reads is not None and self.read > question.reads * max(self.returned, 1):
            found.append(
                f"reads: {self.read} rows are read for {self.returned}, {question.reads} for each may be"
            )
        if self.per_row:
            found.append(f"policy: its function is in a condition: {self.per_row[0]}")
        # Three policies look at a table; a function may ask for the tenant itself.
        if self.policy_calls > 3 * self.statements + 3:
            found.append(
                f"policy: its functions are called {self.policy_calls} times for {self.statements} statements"
            )
        return found


class Watcher:
    """A superuser's connection that asks as others, and is told every plan that was run."""

    def __init__(self, conn: psycopg.Connection[Any]) -> None:
        self.conn = conn
        self._plans: list[dict[str, Any]] = []
        self._numbers = count(1)
        conn.add_notice_handler(self._take)
        conn.execute("""
          load 'auto_explain';
          set auto_explain.log_min_duration = -1;
          set auto_explain.log_analyze = on;
          set auto_explain.log_buffers = on;
          set auto_explain.log_timing = off;
          set auto_explain.log_verbose = on;
          set auto_explain.log_nested_statements = on;
          set auto_explain.log_format = json;
          set auto_explain.log_level = notice;
          set track_functions = 'all';
          set compute_query_id = on;
          set max_parallel_workers_per_gather = 0;
          set jit = off;
        """)

    def _take(self, notice: psycopg.errors.Diagnostic) -> None:
        if match := re.match(r"duration: [\d.]+ ms +plan:\n", notice.message_primary or ""):
            self._plans.append(json.loads(notice.message_primary[match.end() :]))

    def ask(self, question: Question, values: Mapping[str, str], is_custom: bool = False) -> Answer:
        """Ask a question until its plan is settled, or with a plan of its own, and once more to see it."""
        statement, names = question.statement()
        name = sql.Identifier(f"asked_{next(self._numbers)}")
        execute = sql.SQL("execute {}").format(name)
        if names:
            execute += sql.SQL("({})").format(sql.SQL(", ").join(sql.Literal(values[n]) for n in names))
        with self.conn.transaction():
            if is_custom:
                self.conn.execute("set local plan_cache_mode = force_custom_plan")
            self._become(question)
            if question.of_a_tenant:
                self.conn.execute("select comply.enter(%s)", [values["tenant"]])
            self.conn.execute(sql.SQL("prepare {} as ").format(name) + sql.SQL(statement))
            for _ in range(1 if is_custom else 6):
                self.conn.execute(execute)
            # Twice: to write a plan down reads the catalog, which counts for the statement around it.
            for _ in range(2):
                answer = self._watch(question, execute)
            self.conn.execute(sql.SQL("deallocate {}").format(name))
        return answer

    def _watch(self, question: Question, execute: sql.Composed) -> Answer:
        self.conn.execute("reset role")
        before = self._policy_calls()
        self.conn.execute("set local auto_explain.log_min_duration = 0")
        self._plans.clear()
        self._become(question)
        returned = self.conn.execute(execute).rowcount
        self.conn.execute("reset role")
        self.conn.execute("set local auto_explain.log_min_duration = -1")
        answer = Answer(returned, policy_calls=self._policy_calls() - before)
        answer.buffers = sum(self._plans[-1]["Plan"][f"Shared {kind} Blocks"] for kind in ("Hit", "Read"))
        answer.identifier = self._plans[-1].get("Query Identifier", 0)
        parents = self._parents()
        for plan in self._plans:
            _look(plan["Plan"], parents, answer)
        self._become(question)
        return answer

    def _become(self, question: Question) -> None:
        self.conn.execute(sql.SQL("set local role {}").format(sql.Identifier(question.role)))

    def _policy_calls(self) -> int:
        return self.conn.execute(
            "select coalesce(sum(f.calls), 0)::bigint from pg_stat_xact_user_functions as f"
            " where f.funcname in ('current_tenant', 'note_read', 'note_staff_read')"
        ).fetchone()[0]

    def _parents(self) -> dict[str, str]:
        query = """
          select c.relname, p.relname
          from pg_inherits as i
          join pg_class as c on c.oid = i.inhrelid
          join pg_class as p on p.oid = i.inhparent
        """
        return dict(self.conn.execute(query).fetchall())


def _nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for child in plan.get("Plans", []):
        yield from _nodes(child)


def _look(plan: dict[str, Any], parents: dict[str, str], answer: Answer) -> None:
    scans = [
        n for n in _nodes(plan) if n.get("Schema") in ("comply", "comply_private") and n["Node Type"] in SCANS
    ]
    # What a policy's function itself reads is in the number of its calls.
    if not scans or all(n["Relation Name"] == "context_settings" for n in scans):
        return
    answer.statements += 1
    for node in _nodes(plan):
        if node["Actual Loops"] and "Index Name" in node:
            answer.indexes.add(parents.get(node["Index Name"], node["Index Name"]))
        answer.per_row += [node[key] for key in CONDITIONS if POLICY_CALL.search(str(node.get(key, "")))]
    for node in scans:
        if not node["Actual Loops"]:
            continue
        per_loop = sum(
            node.get(key, 0)
            for key in ("Actual Rows", "Rows Removed by Filter", "Rows Removed by Index Recheck")
        )
        answer.read += round(per_loop * node["Actual Loops"])
        if parent := parents.get(node["Relation Name"]):
            answer.opened.setdefault(parent, set()).add(node["Relation Name"])
    if (shape := _shape(plan, parents)) not in answer.shapes:
        answer.shapes.append(shape)


def _shape(plan: dict[str, Any], parents: dict[str, str]) -> str:
    """Return a plan in one line: nodes, tables and indexes, and what partitions share once."""
    name = plan["Node Type"]
    words = [str(plan[key]) for key in MODIFIERS if plan.get(key) not in (None, "Forward", "Inner", "Plain")]
    if words:
        name += f" {' '.join(words)}"
    if place := plan.get("Index Name") or plan.get("Relation Name"):
        name += f" {parents.get(place, place)}"
    children = list(dict.fromkeys(_shape(child, parents) for child in plan.get("Plans", [])))
    if plan["Node Type"] == "Append" and len(children) == 1:
        return children[0]
    return f"{name} ({', '.join(children)})" if children else name
