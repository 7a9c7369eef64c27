#!/usr/bin/env python3
"""Are the questions that services, analysts and auditors ask most answered in time, whatever is stored?

Each is asked by a login of its role, through row level security: by four clients at once; beside the owner of
the tables, who names the tenant himself; and of a tenth of the records, and of few months beside many.
"""

from __future__ import annotations

import itertools
import random
import statistics
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
from psycopg import pq

sys.path.insert(0, str(Path(__file__).parents[1]))
sys.path.insert(0, str(Path(__file__).parent))
import harness
from asked import Question, Watcher, draw, questions

HERE = Path(__file__).parent
# Database: records and months.
SIZES = harness.sized(
    {"large": (10_000_000, 24), "small": (1_000_000, 24), "few": (1_000_000, 3), "many": (1_000_000, 60)},
    {"large": (60_000, 12)},
    {"large": (60_000, 12), "small": (6_000, 12), "few": (6_000, 3), "many": (6_000, 24)},
)
TENANTS, LARGEST, CLIENTS, DRAWS = 1000, "sample-0001", 4, 400
SECONDS, SLOWEST = harness.sized((5, 20), (0, 0), (0.3, 1))
ROUNDS, REPEATS, PATIENCE = harness.sized((60, 5, 10), (15, 10, 2), (3, 2, 1))
SERVER = {"shared_buffers": "1GB", "max_wal_size": "4GB"}
SETTINGS = ("server_version", "shared_buffers", "work_mem", "effective_cache_size", "random_page_cost", "jit")
ROLES = ("comply_app", "comply_analyst", "comply_auditor", "comply_owner")
RLS_BUDGET, GROWTH_BUDGET = 1.05, 1.2


def measure(major: int) -> dict[str, Any]:
    """Fill the databases, then ask."""
    with harness.server("queries", major, SERVER) as server:
        result: dict[str, Any] = {"machine": harness.machine(), "filled": {}}
        with psycopg.connect(server.dsn(), autocommit=True) as admin:
            result["settings"] = harness.settings_of(admin, SETTINGS)
        for name, (records, months) in SIZES.items():
            began = time.perf_counter()
            _fill(server, name, records, months)
            result["filled"][name] = {
                "records": records,
                "months": months,
                "seconds": time.perf_counter() - began,
            }
            _say(f"{name}: {records:,} records in {months} months, {time.perf_counter() - began:.0f} s")
        asked = questions()
        anybody = _draw(server, "large", None)
        largest = {name: _draw(server, name, [LARGEST]) for name in SIZES}
        result["questions"] = {
            question.name: {
                "asked": question.asked,
                "role": question.role,
                "budget_ms": question.budget_ms,
                "read": _read(server, question, largest["large"][0]),
                "answers": _ask_at_once(server, question, anybody),
                "owner": _compare(
                    {
                        "app": (Client(server, "large", question), anybody),
                        "owner": (Client(server, "large", question, as_owner=True), anybody),
                    }
                )
                if question.has_owner_form
                else {},
                "growth": {
                    f"{one}/{other}": _compare(
                        {name: (Client(server, name, question), largest[name]) for name in (one, other)}
                    )
                    for one, other in (("small", "large"), ("few", "many"))
                    if one in SIZES
                },
            }
            for question in asked
            if not _say(f"{question.name} ...")
        }
    return result


def _say(text: str) -> None:
    print(f"{time.strftime('%H:%M:%S')} {text}", file=sys.stderr, flush=True)


def _fill(server: Any, name: str, records: int, months: int) -> None:
    harness.deploy(server, name)
    with psycopg.connect(server.dsn(name), autocommit=True) as admin:
        for role in ROLES:
            if not admin.execute("select to_regrole(%s)", [f"bench_{role}"]).fetchone()[0]:
                admin.execute(f"create role bench_{role} login in role {role}")
        admin.execute("select comply.generate_sample(%s, %s, %s, 1)", [TENANTS, records, months])
        admin.execute((HERE / "trail.sql").read_text(encoding="utf-8"))
        admin.execute("call comply.refresh_rollups()")
        admin.execute("vacuum (analyze)")


def _draw(server: Any, name: str, tenants: list[str] | None) -> list[dict[str, str]]:
    # About one record in fourteen is drawn from; of the largest tenant, half of those.
    share = min(100.0, 100.0 * 40 * DRAWS / SIZES[name][0])
    with psycopg.connect(server.dsn(name), autocommit=True) as admin:
        return draw(admin, DRAWS, tenants, share)


class Client:
    """One connection that asks one question, straight through libpq, as a prepared statement."""

    def __init__(self, server: Any, name: str, question: Question, as_owner: bool = False) -> None:
        self.tenant = question.of_a_tenant and not as_owner
        role = "comply_owner" if as_owner else question.role
        self.conn = psycopg.connect(server.dsn(name, f"bench_{role}"), autocommit=True)
        self.pg: pq.PGconn = self.conn.pgconn
        statement, self.names = question.statement(as_owner)
        self._check(self.pg.prepare(b"enter", b"select comply.enter($1, 'ana@example.com')"))
        self._check(self.pg.prepare(b"ask", statement.encode()))

    def _check(self, result: pq.abc.PGresult) -> None:
        if result.status not in (pq.ExecStatus.COMMAND_OK, pq.ExecStatus.TUPLES_OK):
            raise RuntimeError(result.error_message.decode())

    def ask(self, values: dict[str, str], repeats: int = 1) -> float:
        """Return the seconds that an answer took, the mean of some in one transaction."""
        self._check(self.pg.exec_(b"begin"))
        if self.tenant:
            self._check(self.pg.exec_prepared(b"enter", [values["tenant"].encode()]))
        parameters = [values[name].encode() for name in self.names]
        began = time.perf_counter()
        for _ in range(repeats):
            self._check(self.pg.exec_prepared(b"ask", parameters))
        took = (time.perf_counter() - began) / repeats
        self._check(self.pg.exec_(b"commit"))
        return took


def _ask_at_once(server: Any, question: Question, draws: list[dict[str, str]]) -> dict[int, int]:
    """Return how many answers took how many microseconds while every client asked, but for the first few."""
    if not SECONDS:
        return {}
    seconds: list[float] = []
    failed: list[BaseException] = []
    clients = [Client(server, "large", question) for _ in range(CLIENTS)]
    ready = threading.Barrier(CLIENTS)

    def work(number: int) -> None:
        try:
            chance = random.Random(number)  # noqa: S311
            values = itertools.cycle(chance.sample(draws, len(draws)))
            for _ in range(6):
                clients[number].ask(next(values))
            ready.wait(60)
            began = time.perf_counter()
            mine: list[float] = []
            # What is slow has longer, so that there is something to count.
            while (passed := time.perf_counter() - began) < SECONDS or (len(mine) < 25 and passed < SLOWEST):
                mine.append(clients[number].ask(next(values)))
            seconds.extend(mine)
        except BaseException as error:
            ready.abort()
            failed.append(error)

    threads = [threading.Thread(target=work, args=[number]) for number in range(CLIENTS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for client in clients:
        client.conn.close()
    if failed:
        raise failed[0]
    return dict(sorted(Counter(round(1e6 * value) for value in seconds).items()))


def _seconds(question: dict[str, Any]) -> list[float]:
    """Return what each answer took."""
    return [int(us) / 1e6 for us, answers in question["answers"].items() for _ in range(answers)]


def _compare(clients: dict[str, tuple[Client, list[dict[str, str]]]]) -> dict[str, list[float]]:
    """Return what answers took of each, round by round, in random order; first the plans are settled."""
    chance = random.Random(1)  # noqa: S311
    seconds: dict[str, list[float]] = {name: [] for name in clients}
    began = time.perf_counter()
    for round_no in range(-1, ROUNDS):
        if round_no > 3 and time.perf_counter() - began > PATIENCE:
            break
        for name in chance.sample(list(clients), len(clients)):
            client, draws = clients[name]
            took = client.ask(draws[round_no % len(draws)], 7 if round_no < 0 else REPEATS)
            if round_no >= 0:
                seconds[name].append(took)
    for client, _ in clients.values():
        client.conn.close()
    return seconds


def _read(server: Any, question: Question, values: dict[str, str]) -> dict[str, Any]:
    """Return what the server did for one answer, and what of it is not as the question says."""
    with psycopg.connect(server.dsn("large"), autocommit=True) as admin:
        answer = Watcher(admin).ask(question, values)
    return {
        "returned": answer.returned,
        "read": answer.read,
        "months": answer.months,
        "buffers": answer.buffers,
        "faults": answer.faults(question),
    }


def ratios(result: dict[str, Any]) -> dict[str, list[float]]:
    """Return what the owner took beside a tenant, and few records beside many, few months beside many."""
    return {
        f"{name}: {kind}": harness.by_round(*seconds.values())
        for name, kind, seconds in _compared(result)
        if seconds
    }


def _compared(result: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, list[float]]]]:
    """Yield question, what is compared, and seconds: of what is compared with, then of what is judged."""
    for name, question in result["questions"].items():
        if question["owner"]:
            yield name, "owner", {"owner": question["owner"]["owner"], "app": question["owner"]["app"]}
        for kind, seconds in question["growth"].items():
            yield name, kind, seconds


def _more(seconds: dict[str, list[float]]) -> float:
    """Return by how much the second takes longer than the first: 1.05 is 5 percent."""
    first, second = seconds.values()
    return harness.median_ratio(second, first)


def _p95(seconds: list[float]) -> float:
    return 1000 * statistics.quantiles(seconds, n=20)[-1]


def answers(result: dict[str, Any]) -> dict[str, str]:
    """Return how many questions are within their budgets."""
    asked = result["questions"].values()
    late = [q for q in asked if _p95(_seconds(q)) > q["budget_ms"]]
    slowest = max(asked, key=lambda q: _p95(_seconds(q)))
    more = {kind: [] for kind in ("owner", "small/large", "few/many")}
    for _, kind, seconds in _compared(result):
        more[kind].append(_more(seconds))
    return {
        "the twenty questions asked most, in their budgets of 10, 20 and 100 ms at p95": (
            f"{len(asked) - len(late)} of {len(asked)}; the slowest takes {_p95(_seconds(slowest)):.0f} ms"
        ),
        "row level security beside naming the tenant, median and most": _percent(more["owner"]),
        "ten times the records, median and most": _percent(more["small/large"]),
        "60 months for 3, median and most": _percent(more["few/many"]),
    }


def _percent(values: list[float]) -> str:
    return f"{statistics.median(values) - 1:+.0%}, {max(values) - 1:+.0%}"


def report(results: dict[int, dict[str, Any]]) -> str:
    """Return RESULTS.md: a table of budgets and one of ratios for each version."""
    parts = [
        "# Are the questions that are asked most answered in time, whatever is stored?\n",
        "Written by `run.py`; the raw figures are in `results/`. README.md says what is asked.\n",
    ]
    for result in results.values():
        machine, settings = result["machine"], dict(result["settings"])
        filled = "; ".join(
            f"{name}: {f['records']:,} records, {f['months']} months, filled in {f['seconds']:.0f} s"
            for name, f in result["filled"].items()
        )
        parts += [
            f"\n## PostgreSQL {settings.pop('server_version')}\n",
            f"{machine['cpus']} CPUs ({machine['cpu']}), {machine['memory_gib']} GiB, {machine['at']}; "
            + ", ".join(f"{name} = {value}" for name, value in settings.items())
            + f". {filled}.\n",
            f"### {CLIENTS} clients at once, ms\n",
            harness.table(
                ["question", "who", "budget", "p50", "p95", "answers", "rows", "read", "months", "buffers"],
                (_budget_row(name, question) for name, question in result["questions"].items()),
                texts=2,
            ),
            *(
                f"- {name}: {fault}\n"
                for name, question in result["questions"].items()
                for fault in question["read"]["faults"]
            ),
            "\n### How much longer it takes than what it is compared with\n",
            f"More than {RLS_BUDGET - 1:.0%} or {GROWTH_BUDGET - 1:.0%} is marked with \\*.\n",
            harness.table(
                ["question", "us as owner", "through policies", "10 x records", "60 months for 3"],
                (_more_row(name, question) for name, question in result["questions"].items()),
            ),
        ]
    return "\n".join(parts)


def _budget_row(name: str, question: dict[str, Any]) -> list[str]:
    seconds, read = _seconds(question), question["read"]
    late = "\\*" if _p95(seconds) > question["budget_ms"] else ""
    return [
        name,
        question["role"].removeprefix("comply_"),
        f"{question['budget_ms']:.0f}",
        f"{1000 * statistics.median(seconds):.2f}",
        f"{_p95(seconds):.2f}{late}",
        f"{len(seconds):,}",
        *(f"{read[key]:,}" for key in ("returned", "read", "months", "buffers")),
    ]


def _more_row(name: str, question: dict[str, Any]) -> list[str]:
    compared = {kind: seconds for _, kind, seconds in _compared({"questions": {name: question}})}
    owner = compared.get("owner")
    return [
        name,
        f"{1e6 * statistics.median(owner['owner']):,.0f}" if owner else "",
        _marked(owner, RLS_BUDGET),
        _marked(compared.get("small/large"), GROWTH_BUDGET),
        _marked(compared.get("few/many"), GROWTH_BUDGET),
    ]


def _marked(seconds: dict[str, list[float]] | None, budget: float) -> str:
    if not seconds:
        return ""
    more = _more(seconds)
    return f"{more - 1:+.0%}" + ("\\*" if more > budget else "")


if __name__ == "__main__":
    harness.main(HERE, measure, report)
