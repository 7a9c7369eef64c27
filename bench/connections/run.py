#!/usr/bin/env python3
"""Does a pool keep tenants apart under load, and what does it cost beside connections of one's own?

First clients that look for each other, some of whom misbehave, for as long as it takes to believe them; then
pgbench, through PgBouncer and past it, side by side in rounds of random order.
"""

from __future__ import annotations

import random
import statistics
import subprocess
import sys
import tempfile
from itertools import product
from pathlib import Path
from typing import Any

import psycopg
from comply_db import embedded

sys.path.insert(0, str(Path(__file__).parents[1]))
sys.path.insert(0, str(Path(__file__).parents[2] / "runner/tests"))
import harness
import pooled_clients
from pooler import pooler

HERE = Path(__file__).parent
MANY, FEW = harness.sized((500, 20), (100, 5), (100, 5))
# Of the clients that look for each other: how long, and how many transactions a second together.
SECONDS, RATE, WATCHED, OWN = harness.sized((300, 200, 200, 40), (0, 0, 0, 0), (5, 100, 30, 5))
TENANTS, RECORDS, MONTHS = 1000, harness.sized(300_000, 30_000, 30_000), 6
# Of which the first are not counted: a new connection reads the catalog, and plans for the first time.
ROUNDS, RUN, WARM = harness.sized((5, 6, 3), (11, 0, 0), (2, 2, 1))
TIMES = 100
PROFILES = ("trusted", "strict")
SETTINGS = ("server_version", "fsync", "synchronous_commit", "shared_buffers", "max_connections")
ENTER = {
    "bare": "",
    "trusted": "select comply.enter('sample-' || lpad(:n::text, 4, '0'), 'ana@example.com');\n",
    "strict": "select comply.enter_signed(t.token) from bench.tokens as t where t.n = :n;\n",
}
READ = """\
select id, "timestamp", detector_type, confidence_score
from comply.storage_records{where}
order by "timestamp" desc limit 20;
"""
WRITE = """\
insert into comply.storage_records (tenant_id, source_data_hash, detector_type, model_version, mapped_data)
values ({tenant}, repeat('a', 64), 'presidio', 'v1', '{{"labels": ["PII.Person.Name"]}}');
"""
TENANT = "'sample-' || lpad(:n::text, 4, '0')"
# What is measured, for whom and how; a check needs no more than its ratios do.
WAYS = {
    "few, direct": (FEW, False, "simple"),
    "few, direct, prepared": (FEW, False, "prepared"),
    "few, pooled": (FEW, True, "simple"),
    "many, pooled": (MANY, True, "simple"),
    "many, pooled, one message": (MANY, True, "simple"),
    "many, direct": (MANY, False, "simple"),
}
CELLS = harness.sized(
    [
        *product(["trusted"], WAYS),
        *product(["strict", "bare"], ["few, direct", "few, pooled", "many, pooled"]),
    ],
    # Of that many clients at once nothing is steady: a check asks one of each kind.
    [],
    list(product(["bare", "trusted", "strict"], WAYS)),
)


def measure(major: int) -> dict[str, Any]:
    """Return what the clients saw that look for each other, and how much work was done in each way.

    Of `watch` and `work`, only what is named in the arguments, beside what is kept of the other.
    """
    named = harness.named(("watch", "work"))
    # Those of the last run may be on their way out while the next ones come.
    settings = {"max_connections": str(2 * MANY + 100)}
    with harness.server("connections", major, settings) as server:
        result: dict[str, Any] = {
            "machine": harness.machine(),
            "many": MANY,
            "few": FEW,
            "rounds": ROUNDS,
            "records": RECORDS,
            "tenants": TENANTS,
            "counted_s": RUN - WARM,
        }
        with psycopg.connect(server.dsn(), autocommit=True) as admin:
            result["settings"] = harness.settings_of(admin, SETTINGS)
            admin.execute("create role service login")
            # Past row level security, for what contexts and policies cost: its queries name the tenant.
            admin.execute("create role unbound login bypassrls")
        if SECONDS and named != ["work"]:
            result["watch"] = {profile: _watch(server, profile) for profile in PROFILES}
        if named != ["watch"]:
            _fill(server)
            result |= {"work": _compare(server)} if CELLS else {"alone": _alone(server)}
    return harness.beside_kept(HERE, major, named, result)


def _watch(server: Any, profile: str) -> dict[str, Any]:
    """Let clients look for each other, in a database of their own."""
    print(f"   {profile}: {MANY} clients for {SECONDS} s", file=sys.stderr, flush=True)
    database = f"watch_{profile}"
    harness.deploy(server, database)
    with psycopg.connect(server.dsn(database), autocommit=True) as admin:
        admin.execute("grant comply_app to service")
        tenants = pooled_clients.prepare(admin, WATCHED, OWN)
        if profile == "strict":
            pooled_clients.be_strict(admin)
        look = pooled_clients.look_query(admin)
        with pooler(_upstream(server), ["service", "unbound"], FEW, MANY + FEW) as pool:
            dsn = f"{pool} user=service dbname={database}"
            outcome = pooled_clients.work(
                dsn, look, tenants, clients=MANY, strict=profile == "strict", seconds=SECONDS, rate=RATE
            )
            left = pooled_clients.left_behind(dsn, look, FEW)
        untrue = pooled_clients.untrue(admin, "service", outcome)

    percentiles = statistics.quantiles(outcome.seconds, n=100)
    seen = {
        "leaks": outcome.leaks,
        "left_behind": left,
        "untrue": untrue,
        "errors": dict(outcome.errors),
    }
    for what, found in seen.items():
        if found:
            # What is fast and wrong is no result.
            raise RuntimeError(f"{profile}, {what}, {len(found)} in all: {str(found)[:2000]}")
    return {
        "seconds": outcome.took,
        "rate": RATE,
        "transactions": outcome.transactions,
        "acts": dict(sorted(outcome.acts.items())),
        "looks": outcome.looks,
        "turns": outcome.turns,
        "written": len(outcome.committed),
        "refusals": sum(outcome.refusals.values()),
        "p50": percentiles[49],
        "p95": percentiles[94],
        "p99": percentiles[98],
        **{what: len(found) for what, found in seen.items()},
    }


def _upstream(server: Any) -> str:
    return f"host={server.host} port={embedded.PORT}"


def _fill(server: Any) -> None:
    harness.deploy(server, "work")
    with psycopg.connect(server.dsn("work"), autocommit=True) as admin:
        admin.execute("grant comply_app to service, unbound")
        admin.execute("select comply.generate_sample(%s, %s, %s, 1)", [TENANTS, RECORDS, MONTHS])
        admin.execute("select comply.rotate_context_key('k1', %s)", [pooled_clients.KEY])
        admin.execute("create schema bench")
        admin.execute("create table bench.tokens (n integer primary key, token text not null)")
        query = """
          insert into bench.tokens
          select n, comply.issue_token('sample-' || lpad(n::text, 4, '0'), 'ana@example.com', '1 hour')
          from generate_series(1, %s) as n
        """
        admin.execute(query, [TENANTS])
        admin.execute("grant usage on schema bench to comply_app; grant select on bench.tokens to comply_app")
        admin.execute("vacuum analyze")


def _compare(server: Any) -> dict[str, dict[str, list[float]]]:
    """Return transactions a second and latencies, by whom and how, round by round."""
    chance = random.Random(1)  # noqa: S311
    found: dict[str, dict[str, list[float]]] = {
        f"{who}, {how}": {"tps": [], "p50": [], "p95": []} for who, how in CELLS
    }
    with pooler(_upstream(server), ["service", "unbound"], FEW, MANY + FEW) as pool:
        for round_no in range(ROUNDS):
            print(f"   round {round_no + 1} of {ROUNDS}", file=sys.stderr, flush=True)
            for who, how in chance.sample(CELLS, len(CELLS)):
                for name, value in _pgbench(server, pool, who, how).items():
                    found[f"{who}, {how}"][name].append(value)
    return found


def _pgbench(server: Any, pool: str, who: str, how: str) -> dict[str, float]:
    """Return transactions a second, and the median and 95th percentile of what they took."""
    clients, pooled, protocol = WAYS[how]
    with psycopg.connect(server.dsn("work"), autocommit=True) as admin:
        admin.execute("select comply.set_profile(%s)", ["strict" if who == "strict" else "trusted"])
    with tempfile.TemporaryDirectory() as scratch:
        where = f" where tenant_id = {TENANT}" if who == "bare" else ""
        for name, query in (("read", READ.format(where=where)), ("write", WRITE.format(tenant=TENANT))):
            script = f"begin;\n{ENTER[who]}{query}commit;\n"
            if how.endswith("one message"):
                script = script.replace(";\n", " \\;\n", script.count(";\n") - 1)
            script = f"\\set n random(1, {TENANTS})\n{script}"
            (Path(scratch) / f"{name}.sql").write_text(script)
        command = [server.installation.bin / "pgbench", "--no-vacuum", "--protocol", protocol]
        command += ["--client", str(clients), "--jobs", "2", "--time", str(RUN), "--random-seed", "1"]
        command += ["--log", "--log-prefix", f"{scratch}/took"]
        command += ["--file", f"{scratch}/read.sql@9", "--file", f"{scratch}/write.sql@1"]
        user = "unbound" if who == "bare" else "service"
        host = pool if pooled else _upstream(server)
        # Ends with 2 where a client of its met an error.
        subprocess.run([*command, f"{host} dbname=work user={user}"], check=True, capture_output=True)
        lines = [
            line.split() for log in Path(scratch).glob("took.*") for line in log.read_text().splitlines()
        ]
    ended = [int(line[4]) + int(line[5]) / 1e6 for line in lines]
    took = [int(line[2]) / 1e6 for line in lines]
    began = min(end - seconds for end, seconds in zip(ended, took, strict=True))
    counted = [s for end, s in zip(ended, took, strict=True) if began + WARM <= end < began + RUN]
    percentiles = statistics.quantiles(counted, n=100)
    return {"tps": len(counted) / (RUN - WARM), "p50": percentiles[49], "p95": percentiles[94]}


def _alone(server: Any) -> dict[str, list[float]]:
    """Return what the server worked for a transaction that reads, prepared, of one client of each kind."""
    chance = random.Random(1)  # noqa: S311
    found: dict[str, list[float]] = {"bare": [], **{profile: [] for profile in PROFILES}}
    enter = {
        "trusted": "select comply.enter(%(tenant)s, 'ana@example.com')",
        "strict": "select comply.enter_signed(%(token)s)",
    }
    conns = {}
    for who in found:
        user = "unbound" if who == "bare" else "service"
        conns[who] = psycopg.connect(server.dsn("work", user), autocommit=True, prepare_threshold=0)
    with psycopg.connect(server.dsn("work"), autocommit=True) as admin:
        tokens = dict(admin.execute("select 'sample-' || lpad(n::text, 4, '0'), token from bench.tokens"))
        for round_no in range(-1, ROUNDS):
            tenants = chance.choices(list(tokens), k=TIMES)
            for who in chance.sample(list(found), len(found)):
                admin.execute("select comply.set_profile(%s)", ["strict" if who == "strict" else "trusted"])
                conn, clock = conns[who], harness.clock(conns[who])
                query = READ.format(where=" where tenant_id = %(tenant)s" if who == "bare" else "")
                began = clock()
                for tenant in tenants:
                    values = {"tenant": tenant, "token": tokens[tenant]}
                    conn.execute("begin")
                    if who in enter:
                        conn.execute(enter[who], values)
                    conn.execute(query, values if who == "bare" else None).fetchall()
                    conn.execute("commit")
                if round_no >= 0:
                    found[who].append((clock() - began) / TIMES)
    for conn in conns.values():
        conn.close()
    return found


def ratios(result: dict[str, Any]) -> dict[str, list[float]]:
    """Return few direct connections / many through the pool, and no tenants kept apart / kept apart."""
    if alone := result.get("alone"):
        return {f"{who} / bare": harness.by_round(alone["bare"], alone[who]) for who in PROFILES}
    tps = {cell: figures["tps"] for cell, figures in result["work"].items()}
    found = {
        f"pooled / direct, {who}": harness.by_round(tps[pooled], tps[direct])
        for who in ("bare", *PROFILES)
        if (pooled := f"{who}, many, pooled") in tps and (direct := f"{who}, few, direct") in tps
    }
    return found | {
        f"{who} / bare, {how}": harness.by_round(tps[f"{who}, {how}"], tps[f"bare, {how}"])
        for who, how in product(PROFILES, WAYS)
        if f"{who}, {how}" in tps and f"bare, {how}" in tps
    }


def answers(result: dict[str, Any]) -> dict[str, str]:
    """Return what was seen of others, and what a pool costs."""
    many, few = result["many"], result["few"]
    watched = result["watch"].values()
    pooled = statistics.median(ratios(result)["pooled / direct, trusted"])
    return {
        f"Rows and contexts of others that {many} clients on {few} connections saw": (
            f"{sum(w['leaks'] + w['left_behind'] for w in watched)} in"
            f" {sum(w['transactions'] for w in watched):,} transactions"
        ),
        f"Transactions of {many} clients through a pool of {few}, to those of {few} direct connections": (
            f"{pooled:.2f}"
        ),
    }


def report(results: dict[int, dict[str, Any]]) -> str:
    """Return RESULTS.md."""
    machine = next(iter(results.values()))["machine"]
    text = (
        "# Does a pool keep tenants apart under load, and what does it cost?\n\n"
        "Written by `run.py`; the raw figures are in `results/`. README.md says what is compared.\n\n"
        f"{harness.ran_on(machine)}.\n"
    )
    for result in results.values():
        text += harness.heading(result["settings"]) + ".\n\n"
        text += "\n".join(part(result) for name, part in PARTS.items() if name in result)
    return text


def _watched(result: dict[str, Any]) -> str:
    watch = result["watch"]
    rows = {
        "seconds": lambda w: f"{w['seconds']:.0f}",
        "transactions": lambda w: f"{w['transactions']:,}",
        "of which committed something": lambda w: f"{w['written']:,}",
        "of which failed, were refused or rolled back": lambda w: _sum(
            w, "fails", "trespasses", "is_refused", "tries", "rolls_back"
        ),
        "of which ran out of time or were cancelled": lambda w: _sum(w, "runs_out_of_time", "is_cancelled"),
        "of which lost their client": lambda w: _sum(w, "is_cut_off", "is_cut_off_while_it_waits"),
        "of which lost their server process": lambda w: _sum(w, "is_terminated", "falls_asleep"),
        "times that a connection went to another tenant": lambda w: f"{w['turns']:,}",
        "looks at who one is and whose rows one sees": lambda w: f"{w['looks']:,}",
        "**rows or contexts of others that were seen**": lambda w: f"**{w['leaks']}**",
        "**connections with something left behind**": lambda w: f"**{w['left_behind']}**",
        "**rows of the trail or the log of reads that are untrue**": lambda w: f"**{w['untrue']}**",
        "**errors**": lambda w: f"**{w['errors']}**",
        "refusals of the pool": lambda w: f"{w['refusals']}",
        "a transaction, median and 95th percentile, ms": lambda w: (
            f"{w['p50'] * 1000:.0f} and {w['p95'] * 1000:.0f}"
        ),
    }
    table = [[name, *(figure(watch[profile]) for profile in PROFILES)] for name, figure in rows.items()]
    text = (
        f"{result['many']} clients on {result['few']} connections,"
        f" {next(iter(watch.values()))['rate']} transactions a second asked for:\n\n"
    )
    return text + harness.table(["", *PROFILES], table)


def _sum(watched: dict[str, Any], *acts: str) -> str:
    return f"{sum(watched['acts'].get(act, 0) for act in acts):,}"


def _worked(result: dict[str, Any]) -> str:
    base = result["work"]["trusted, few, direct"]["tps"]
    rows = []
    for cell, figures in result["work"].items():
        who, how = cell.split(", ", 1)
        bare = result["work"].get(f"bare, {how}")
        middle, low, high = harness.spread(figures["tps"])
        rows.append(
            [
                who,
                how.replace("many", str(result["many"])).replace("few", str(result["few"])),
                f"{middle:,.0f}",
                f"{low:,.0f} to {high:,.0f}",
                f"{harness.median_ratio(figures['tps'], base):.2f}",
                f"{harness.median_ratio(figures['tps'], bare['tps']):.2f}" if bare else "",
                f"{statistics.median(figures['p50']) * 1000:.1f}",
                f"{statistics.median(figures['p95']) * 1000:.1f}",
            ]
        )
    text = (
        f"{result['records']:,} records of {result['tenants']:,} tenants; nine transactions read the newest"
        f" 20 of a tenant, the tenth writes one. {result['rounds']} rounds of {result['counted_s']:.0f} s"
        " each:\n\n"
    )
    header = ["who", "clients", "transactions/s", "quartiles"]
    header += [f"to trusted, {result['few']} direct", "to bare", "median, ms", "p95, ms"]
    return text + harness.table(header, rows, texts=2)


PARTS = {"watch": _watched, "work": _worked}


if __name__ == "__main__":
    harness.main(HERE, measure, report)
