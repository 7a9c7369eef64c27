"""comply-db load, as a service uses it: the installed command, a login that has comply_app and no more."""

import hashlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from conftest import COMPLY_DB, ROOT, Database, Result, Server
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

SERVICE = "load_test_service"
REAL = Path(os.environ.get("COMPLY_DB_DATA", ROOT.parent / "shared" / "data")) / "moderation.jsonl"
TARGET = ("--tenant", "acme", "--detector", "openai-moderation", "--model", "m1")


def hash_of(text: Any) -> str:
    return hashlib.sha256(str(text).encode()).hexdigest()


def line(text: Any, **more: Any) -> str:
    return json.dumps({"source_data_hash": hash_of(text), "labels": {"hate": 1, "sexual": 0}} | more)


def lines(texts: range) -> str:
    return "".join(f"{line(t)}\n" for t in texts)


@pytest.fixture(scope="session")
def service(server: Server) -> str:
    """A login of a service."""
    with server.admin() as conn:
        if not conn.execute("select 1 from pg_roles where rolname = %s", [SERVICE]).fetchone():
            conn.execute(f"create role {SERVICE} login nosuperuser")
    return SERVICE


@pytest.fixture
def tenant(installed: Database, service: str) -> Database:
    """A database with a tenant, acme, and a service that may write its records."""
    with installed.connect(None) as conn:
        conn.execute(f"grant comply_app to {service}")
        conn.execute("insert into comply.tenant_configs (tenant_id, display_name) values ('acme', 'Acme')")
    return installed


@pytest.fixture
def load(tenant: Database, run_cli: Callable[..., Result]) -> Callable[..., Result]:
    """Load as the service: load(path), load("-", stdin=...), with any option of the command."""

    def run(file: Path | str, *options: str, context_token: str | None = None, **more: Any) -> Result:
        env = {"PGUSER": SERVICE, **connection(tenant)}
        if context_token:
            env["COMPLY_CONTEXT_TOKEN"] = context_token
        return run_cli("load", str(file), *TARGET, *options, env=env, **more)

    return run


def connection(database: Database) -> dict[str, str]:
    server = database.server
    return {"PGHOST": server.host, "PGPORT": str(server.port), "PGDATABASE": database.name}


def recorded(database: Database) -> list[str]:
    """Return the hashes that acme has records of, sorted."""
    with database.connect(None) as conn:
        rows = conn.execute(
            "select source_data_hash from comply.storage_records where tenant_id = 'acme' order by 1"
        ).fetchall()
    return [row[0] for row in rows]


def counts(result: Result) -> dict[str, int]:
    return {k: result.json[k] for k in ("lines", "inserted", "repeated", "rejected", "blank")}


@pytest.mark.skipif(not REAL.exists(), reason="the real input is not beside this checkout")
def test_real_input_goes_in_once(tenant: Database, load: Callable[..., Result]) -> None:
    first = load(REAL, "--json", "--actor", "ana@acme.example")
    assert first.exit_code == 0, first.stderr
    assert counts(first) == {"lines": 1440, "inserted": 1432, "repeated": 8, "rejected": 0, "blank": 0}
    assert first.json["outcome"] == "ok"

    hashes = {json.loads(text)["source_data_hash"] for text in REAL.read_text().splitlines()}
    assert recorded(tenant) == sorted(hashes)

    # The load's trace tells once of each record and of where they came from, and of nothing else.
    assert tenant.value(
        "select jsonb_object_agg(table_name, counts) from (select table_name, array[count(*), "
        "count(distinct record_id), count(*) filter (where actor = 'ana@acme.example' and user_id = %s "
        "and operation = 'INSERT')] as counts from comply.audit_trail where correlation_id = %s "
        "group by table_name) as told",
        SERVICE,
        first.json["load_id"],
    ) == {"storage_records": [1432] * 3, "lineage_events": [4] * 3}

    again = load(REAL, "--json")
    assert again.exit_code == 0
    assert counts(again) == {"lines": 1440, "inserted": 0, "repeated": 1440, "rejected": 0, "blank": 0}
    assert len(recorded(tenant)) == 1432


def test_bad_lines_are_kept_and_good_ones_go_in(
    tenant: Database, load: Callable[..., Result], tmp_path: Path
) -> None:
    overlong = b'{"x": "' + b"y" * 3_000_000 + b'"}\n'
    crlf = line(9).replace('"hate": 1', '"hate": 9').encode() + b"\r\n"
    bad = {2: b"{\n", 4: b"\xff\xfe\n", 5: overlong, 7: crlf, 9: b"no end"}
    content = [
        f"\ufeff{line(1)}\r\n".encode(),
        bad[2],
        b"\n",
        bad[4],
        bad[5],
        line(2).encode() + b"\n",
        bad[7],
        line(1).encode() + b"\n",
        bad[9],
    ]
    source, rejects = tmp_path / "in.jsonl", tmp_path / "out.jsonl"
    source.write_bytes(b"".join(content))

    result = load(source, "--rejects", str(rejects), "--json")
    assert result.exit_code == 4
    assert counts(result) == {"lines": 9, "inserted": 2, "repeated": 1, "rejected": 5, "blank": 1}
    assert result.json["reasons"] == {"not_json": 2, "not_utf8": 1, "too_long": 1, "bad_score": 1}
    assert "line 7: bad_score: hate: 9" in result.stderr
    assert recorded(tenant) == sorted([hash_of(1), hash_of(2)])

    assert rejects.read_bytes() == b"".join(bad.values())
    reasons = [json.loads(r) for r in Path(f"{rejects}.reasons.jsonl").read_text().splitlines()]
    assert [r["line"] for r in reasons] == list(bad)
    assert reasons == result.json["rejects"]
    assert tenant.value(
        "select array_agg(line_no order by line_no) from comply.load_rejects where load_id = %s",
        result.json["load_id"],
    ) == list(bad)

    # The file of rejects is an input like any other, once it is mended.
    rejects.write_bytes(crlf.replace(b'"hate": 9', b'"hate": 0.9'))
    assert counts(load(rejects, "--json"))["inserted"] == 1


def test_a_load_without_rejects_empties_the_file_of_the_one_before(
    load: Callable[..., Result], tmp_path: Path
) -> None:
    rejects = tmp_path / "out.jsonl"
    assert load("-", "--rejects", str(rejects), stdin="{\n").exit_code == 4
    assert rejects.read_text() == "{\n"
    assert load("-", "--rejects", str(rejects), stdin=lines(range(1))).exit_code == 0
    assert rejects.read_text() == ""


@pytest.mark.parametrize("suffix", ["", ".reasons.jsonl"])
def test_rejects_never_overwrite_the_input(load: Callable[..., Result], tmp_path: Path, suffix: str) -> None:
    source = tmp_path / f"in.jsonl{suffix}"
    source.write_text(lines(range(3)))
    assert load(source, "--rejects", str(tmp_path / "in.jsonl")).exit_code == 2
    assert source.read_text() == lines(range(3))


def test_strict_takes_all_or_nothing(tenant: Database, load: Callable[..., Result], tmp_path: Path) -> None:
    # In two chunks, so that the first one was good.
    good = lines(range(25_000))
    rejects = tmp_path / "out.jsonl"

    refused = load("-", "--strict", "--json", "--rejects", str(rejects), stdin=f"{good}{{\n")
    assert refused.exit_code == 6
    assert refused.json["outcome"] == "failed"
    assert refused.json["rejects"] == [
        {"line": 25_001, "reason": "not_json", "detail": "The input string ended unexpectedly."}
    ]
    assert counts(refused)["inserted"] == 0
    assert rejects.read_text() == "{\n"
    assert recorded(tenant) == []
    assert tenant.value("select count(*) from comply.load_rejects") == 0

    taken = load("-", "--strict", "--json", stdin=good)
    assert taken.exit_code == 0
    assert counts(taken)["inserted"] == 25_000
    assert len(recorded(tenant)) == 25_000


def test_standard_input_and_an_empty_one(tenant: Database, load: Callable[..., Result]) -> None:
    assert load("-", stdin=lines(range(3))).exit_code == 0
    assert len(recorded(tenant)) == 3
    empty = load("-", "--json", stdin="")
    assert empty.exit_code == 0
    assert counts(empty) == dict.fromkeys(("lines", "inserted", "repeated", "rejected", "blank"), 0)


def test_at_is_the_time_of_lines_without_one(tenant: Database, load: Callable[..., Result]) -> None:
    stdin = f"{line(1)}\n{line(2, timestamp='2026-02-03T04:05:06+01:00')}\n"
    assert load("-", "--at", "2026-01-31T23:30:00", stdin=stdin).exit_code == 0
    with tenant.connect(None) as conn:
        conn.execute("set timezone = 'UTC'")
        rows = conn.execute(
            'select source_data_hash, "timestamp"::text from comply.storage_records order by 2'
        ).fetchall()
    assert rows == [(hash_of(1), "2026-01-31 23:30:00+00"), (hash_of(2), "2026-02-03 03:05:06+00")]


@pytest.mark.parametrize(
    ("options", "code"),
    [
        (("--tenant", "nobody"), "PC003"),
        (("--tenant", "No Body"), "PC001"),
        (("--detector", "openai"), "PC102"),
        (("--model", ""), "PC401"),
        (("--at", "1999-01-01"), "PC401"),
        (("--at", "noon"), "noon"),
    ],
)
def test_what_no_line_could_mend_is_refused_before_anything_is_read(
    tenant: Database, load: Callable[..., Result], tmp_path: Path, options: tuple[str, ...], code: str
) -> None:
    # A pipe that nobody ever writes to: to open it, let alone to read it, would wait for ever.
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    result = load(pipe, *options, timeout=20)
    assert result.exit_code == 2
    assert code in result.stderr


def test_no_connection_is_exit_8(run_cli: Callable[..., Result], tmp_path: Path) -> None:
    (tmp_path / "in.jsonl").write_text(lines(range(1)))
    result = run_cli(
        "--dsn", "host=127.0.0.1 port=1 dbname=none", "load", str(tmp_path / "in.jsonl"), *TARGET
    )
    assert result.exit_code == 8


def test_a_reader_may_not_load(tenant: Database, run_cli: Callable[..., Result], server: Server) -> None:
    with server.admin() as conn:
        if not conn.execute("select 1 from pg_roles where rolname = 'load_test_reader'").fetchone():
            conn.execute("create role load_test_reader login nosuperuser")
        conn.execute("grant comply_reader to load_test_reader")
    env = {"PGUSER": "load_test_reader", **connection(tenant)}
    assert run_cli("load", "-", *TARGET, env=env, stdin=lines(range(1))).exit_code == 6
    assert recorded(tenant) == []


def test_a_signed_context_is_loaded_with_its_token(tenant: Database, load: Callable[..., Result]) -> None:
    with tenant.connect(None) as conn:
        conn.execute("select comply.rotate_context_key('k1', decode(repeat('22', 32), 'hex'))")
        conn.execute("select comply.set_profile('strict')")
        (token,) = conn.execute("select comply.issue_token('acme', 'ana@acme.example')").fetchone()

    unsigned = load("-", stdin=lines(range(1)))
    assert unsigned.exit_code == 2
    assert "PC005" in unsigned.stderr
    forged = load("-", stdin=lines(range(1)), context_token=f"{token}0")
    assert forged.exit_code == 2
    assert "PC006" in forged.stderr
    assert recorded(tenant) == []

    signed = load("-", "--json", stdin=lines(range(1)), context_token=token)
    assert signed.exit_code == 0, signed.stderr
    assert recorded(tenant) == [hash_of(0)]
    assert tenant.value(
        "select actor from comply.audit_trail where correlation_id = %s", signed.json["load_id"]
    ) == ("ana@acme.example")
    other = load("-", "--tenant", "globex", stdin=lines(range(1)), context_token=token)
    assert other.exit_code == 2
    assert token not in signed.stdout + signed.stderr + other.stdout + other.stderr


def wait_until(condition: Callable[[], Any], seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def sessions(tenant: Database, condition: str = "true") -> int:
    """Return how many sessions of the service there are."""
    query = "select count(*) from pg_stat_activity where datname = current_database() and usename = %s and "
    return tenant.value(query + condition, SERVICE)


def start(tenant: Database, source: Path | str, *options: str, **more: Any) -> subprocess.Popen[bytes]:
    dsn = tenant.server.dsn(tenant.name, SERVICE)
    command = [COMPLY_DB, "--dsn", dsn, "load", str(source), *TARGET, "--json", *options]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, **more)


@pytest.mark.parametrize("options", [(), ("--strict",)])
def test_a_load_that_was_killed_is_run_again(
    tenant: Database, load: Callable[..., Result], tmp_path: Path, options: tuple[str, ...]
) -> None:
    source = tmp_path / "in.jsonl"
    source.write_text(lines(range(70_000)))
    process = start(tenant, source, *options)
    # With --strict nothing is to be seen before the end: its inserts have the table's lock.
    wait_until(
        lambda: (
            recorded(tenant)
            if not options
            else tenant.value(
                "select count(*) from pg_locks where relation = 'comply.storage_records'::regclass "
                "and mode = 'RowExclusiveLock' and granted and pid <> pg_backend_pid()"
            )
        )
    )
    process.send_signal(signal.SIGKILL)
    process.communicate()
    # Until the server has noticed, the killed one's transaction may still commit or hold its turn.
    wait_until(lambda: sessions(tenant) == 0)
    before = len(recorded(tenant))
    assert before < 70_000
    assert before % 20_000 == 0
    assert (before > 0) is not bool(options)

    result = load(source, "--json")
    assert result.exit_code == 0, result.stderr
    assert counts(result) == {
        "lines": 70_000, "inserted": 70_000 - before, "repeated": before, "rejected": 0, "blank": 0
    }  # fmt: skip
    assert recorded(tenant) == sorted(hash_of(t) for t in range(70_000))


def test_two_loads_of_one_file_at_once_make_each_record_once(tenant: Database, tmp_path: Path) -> None:
    source = tmp_path / "in.jsonl"
    source.write_text(lines(range(45_000)))
    # The first has its turn and stays in the middle of it: the second must wait, not look.
    with psycopg.connect(tenant.server.dsn(tenant.name, SERVICE)) as held:
        held.execute("select comply.enter('acme')")
        held.execute("select comply.open_load()")
        held.execute(
            "insert into pg_temp.staged_lines (line_no, line) values (1, convert_to(%s, 'UTF8'))", [line(0)]
        )
        held.execute(
            "select comply.load_lines('openai-moderation', 'm1', '00000000-0000-7000-8000-000000000001')"
        )
        both = [start(tenant, source), start(tenant, source)]
        wait_until(lambda: sessions(tenant, "wait_event_type = 'Lock'") == 2)
    results = [json.loads(process.communicate(timeout=120)[0]) for process in both]
    assert [r["exit_code"] for r in results] == [0, 0]
    assert sum(r["inserted"] for r in results) == 44_999
    assert recorded(tenant) == sorted(hash_of(t) for t in range(45_000))


def test_memory_stays_flat(tenant: Database, tmp_path: Path) -> None:
    # All repeats but the first chunk: the file's size is what matters here, not the server's time.
    chunk = "".join(f"{line(t, note='n' * 300)}\n" for t in range(20_000)).encode()
    peaks = {}
    for megabytes in (10, 200):
        source = tmp_path / f"{megabytes}.jsonl"
        with source.open("wb") as file:
            # Lines of many megabytes as well, twentyfold in the larger file.
            file.write(b'{"x": "' + b"y" * (megabytes << 18) + b'"}\n')
            while file.tell() < megabytes << 20:
                file.write(chunk)
        # Not ru_maxrss, which a process inherits from the one that started it.
        measure = (
            "import runpy, sys\n"
            "try: runpy.run_module('comply_db.cli', run_name='__main__', alter_sys=True)\n"
            "finally: sys.stderr.write(open('/proc/self/status').read().split('VmHWM:')[1].split()[0])"
        )
        rejects = ("--rejects", str(tmp_path / "rejects"))
        done = subprocess.run(
            [sys.executable, "-c", measure, "load", str(source), *TARGET, *rejects],
            env=os.environ | connection(tenant) | {"PGUSER": SERVICE},
            capture_output=True,
            check=False,
        )
        assert done.returncode == 4, done.stderr
        assert (tmp_path / "rejects").stat().st_size == 10 + (megabytes << 18)
        peaks[megabytes] = int(done.stderr.split()[-1])
        source.unlink()
    assert peaks[200] < 1.3 * peaks[10], peaks


@pytest.fixture(scope="module")
def shared(
    make_database: Callable[..., Database], template: Database, service: str, tmp_path_factory: Any
) -> Iterator[tuple[Database, Path]]:
    """One database and one file for all examples of a property."""
    database = make_database(template)
    with database.connect(None) as conn:
        conn.execute(f"grant comply_app to {service}")
        conn.execute("insert into comply.tenant_configs (tenant_id, display_name) values ('acme', 'Acme')")
    yield database, tmp_path_factory.mktemp("property") / "in.jsonl"


GOOD = st.integers(0, 40).map(lambda text: ("good", hash_of(text), f"{line(text)}\n".encode()))
BAD = st.sampled_from(
    [
        b"{\n",
        b"[]\n",
        b"\xff\n",
        b"null\n",
        b'"\\u0000"\n',
        b"{}\n",
        line(1, confidence=7).encode() + b"\r\n",
        line(2, labels={"nope": 1}).encode() + b"\n",
        line(3)[:-1].encode() + b', "labels": {}}\n',
        b"[" * 9000 + b"\n",
    ]
).map(lambda content: ("bad", "", content))
BLANK = st.sampled_from([b"\n", b"\r\n", b" \t\n"]).map(lambda content: ("blank", "", content))


@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    content=st.lists(st.one_of(GOOD, GOOD, BAD, BLANK), max_size=60),
    has_end=st.booleans(),
    chunk_lines=st.integers(1, 30),
    strict=st.booleans(),
)
def test_each_line_ends_in_exactly_one_way(
    shared: tuple[Database, Path],
    content: list[tuple[str, str, bytes]],
    has_end: bool,
    chunk_lines: int,
    strict: bool,
) -> None:
    from comply_db import load as module
    from comply_db.connect import ConnectOptions
    from comply_db.report import Report
    from comply_db.session import Session

    database, source = shared
    with database.connect(None) as conn:
        conn.execute("set session authorization default")
        conn.execute("delete from comply.storage_records")
        conn.execute("delete from comply.load_rejects")
    text = b"".join(c for _, _, c in content)
    source.write_bytes(text if has_end else text.removesuffix(b"\n"))
    rejects = source.with_name("out.jsonl")

    report = Report("load", is_quiet=True)
    session = Session(ConnectOptions(dsn=database.server.dsn(database.name, SERVICE)), report)
    options = module.LoadOptions(source, "acme", "openai-moderation", "m1", strict=strict, rejects=rejects)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "CHUNK_LINES", chunk_lines)
        exit_code = module.load(session, options)

    ends_bad = not has_end and content and content[-1][0] == "bad"
    # A last line that is nothing but its missing end is no line.
    if not has_end and content and content[-1][2] == b"\n":
        content = content[:-1]
    good = {h for kind, h, _ in content if kind == "good"}
    bad = [n for n, (kind, _, _) in enumerate(content, 1) if kind == "bad"]
    told = report.document
    nothing_in = strict and bool(bad)
    assert told["lines"] == len(content)
    assert told["rejected"] == len(bad)
    assert told["blank"] == sum(kind == "blank" for kind, _, _ in content)
    assert told["inserted"] == (0 if nothing_in else len(good))
    assert told["repeated"] == sum(kind == "good" for kind, _, _ in content) - len(good)
    assert [r["line"] for r in told["rejects"]] == bad
    assert recorded(database) == ([] if nothing_in else sorted(good))
    assert exit_code == (0 if not bad else 6 if strict else 4)

    raw = b"".join(c for kind, _, c in content if kind == "bad")
    assert rejects.read_bytes() == (raw.removesuffix(b"\n") if ends_bad else raw)
