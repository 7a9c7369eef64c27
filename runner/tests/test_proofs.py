"""Proofs: SQL makes them, comply_db.proof checks them, and no lie gets past it."""

import ast
import json
import subprocess
import sys
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterator
from copy import deepcopy
from dataclasses import dataclass
from datetime import UTC
from hashlib import sha256
from pathlib import Path
from typing import Any

import psycopg
import pytest
from comply_db import proof
from conftest import Database, Result
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

PROGRAM = Path(proof.__file__)

INSERT = """
insert into comply.detector_executions (
  tenant_id, detector_type, model_version, latency_ms, success, error_message)
select %s, 'presidio', '1', n, false, %s from generate_series(1, %s) as n
"""
REDACT = """
alter table comply.audit_trail disable trigger _100_refuse_change;
update comply.audit_trail as a
set redacted_digest = sha256('\\x05'::bytea || record_send(row(
      a.salt, convert_to(a.old_values::text, 'UTF8'), convert_to(a.new_values::text, 'UTF8')))),
    salt = null,
    old_values = null,
    new_values = null
where a.id = '{}'
"""


@dataclass(frozen=True)
class Sealed:
    """A database with a sealed trail: its digests, the oldest first, and rows by tenant."""

    database: Database
    digests: list[str]

    def ask(self, query: str, *parameters: Any) -> Any:
        """Return the first value of a query, as the superuser."""
        return self.database.value(query, *parameters)


@pytest.fixture(scope="module")
def sealed(make_database: Callable[..., Database], template: Database) -> Iterator[Sealed]:
    """Three tenants, one with several blocks, under three checkpoints; one that is new under the last."""
    database = make_database(template)
    digests = []
    with database.connect(None) as conn:
        conn.execute("select comply.add_tenant(t, t) from unnest(array['acme', 'globex', 'tiny']) as t")
        for number in range(3):
            conn.execute(INSERT, ["acme", "Grüße, 世界 \u2028", 1500])
            conn.execute(INSERT, ["globex", "none", 3])
            if number == 2:
                conn.execute("select comply.add_tenant('late', 'late')")
            conn.execute("call comply.seal_audit()")
            digests.append(conn.execute("select comply.checkpoint()").fetchone()[0])
    yield Sealed(database, digests)


@pytest.fixture(scope="module")
def valid(sealed: Sealed) -> tuple[dict[str, Any], str]:
    """A valid proof with a path in each of its trees, and its digest."""
    text = sealed.ask(
        "select comply.audit_proof(id)::text from comply.audit_trail where tenant_id = 'acme'"
        " order by id offset 700 limit 1"
    )
    return json.loads(text), sealed.digests[-1]


@pytest.fixture(scope="module")
def continued(sealed: Sealed) -> tuple[dict[str, Any], str]:
    """A valid proof that a chain only grew, and its digest."""
    text = sealed.ask("select comply.consistency_proof(%s, null, 'acme')::text", sealed.digests[0])
    return json.loads(text), sealed.digests[-1]


@pytest.fixture(scope="module")
def grown(make_database: Callable[..., Database], template: Database) -> psycopg.Connection[Any]:
    """A connection to a database that has the nodes of a tree of 70 leaves."""
    conn = make_database(template).connect(None)
    conn.execute(
        """
        do $$
        declare
          v_peaks bytea := '';
          v_nodes bytea[];
        begin
          for i in 0 .. 69 loop
            v_nodes := comply_private.new_nodes(v_peaks, i, sha256(int4send(i)));

            insert into comply_private.ledger_nodes (tenant_id, stream, level, node_no, hash)
            select 't', 's', n.ordinal - 1, i >> (n.ordinal - 1)::integer, n.hash
            from unnest(v_nodes) with ordinality as n (hash, ordinal);

            v_peaks := comply_private.grown_peaks(v_peaks, v_nodes);
          end loop;
        end;
        $$
        """
    )
    return conn


def refusal(document: Any, digest: str) -> str:
    """Return why a document is refused. Any other exception than a refusal fails the test."""
    data = document if isinstance(document, bytes) else json.dumps(document).encode()
    with pytest.raises(proof.RefusedError) as refused:
        proof.check(data, digest)
    return str(refused.value)


class TestProgram:
    """The program that an auditor reads and runs."""

    def test_it_is_short_and_needs_nothing(self) -> None:
        """Under 200 lines, and no import but of the standard library."""
        text = PROGRAM.read_text(encoding="utf-8")
        assert len(text.splitlines()) < 200
        imported = {
            (node.module if isinstance(node, ast.ImportFrom) else node.names[0].name).split(".")[0]
            for node in ast.walk(ast.parse(text))
            if isinstance(node, ast.Import | ast.ImportFrom)
        }
        assert imported <= set(sys.stdlib_module_names)

    def test_it_runs_by_itself(self, valid: tuple[dict[str, Any], str], tmp_path: Path) -> None:
        """Isolated, without the package: from a file and from standard input."""
        document, digest = valid
        file = tmp_path / "proof.json"
        file.write_text(json.dumps(document), encoding="utf-8")
        copy = tmp_path / "check.py"
        copy.write_bytes(PROGRAM.read_bytes())
        for name in (str(file), "-"):
            done = subprocess.run(
                [sys.executable, "-I", "-S", copy, name, "--digest", digest.upper()],
                input=file.read_text(encoding="utf-8"),
                capture_output=True,
                text=True,
                check=False,
            )
            assert (done.returncode, done.stderr) == (0, "")
            assert document["row"]["id"] in done.stdout
            assert "'acme'" in done.stdout

    @pytest.mark.parametrize("name", ["missing.json", "proof.json"])
    def test_it_refuses_with_code_4_and_no_traceback(
        self, valid: tuple[dict[str, Any], str], tmp_path: Path, name: str
    ) -> None:
        """A file that is not there, and a digest that is another."""
        (tmp_path / "proof.json").write_text(json.dumps(valid[0]), encoding="utf-8")
        done = subprocess.run(
            [sys.executable, PROGRAM, tmp_path / name, "--digest", "0" * 64],
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 4
        assert done.stderr.startswith("refused: ")
        assert done.stderr.count("\n") == 1

    def test_the_runner_has_it_as_a_command(
        self, run_cli: Callable[..., Result], valid: tuple[dict[str, Any], str]
    ) -> None:
        """verify-proof needs no database."""
        document, digest = valid
        result = run_cli("verify-proof", "-", "--digest", digest, "--json", stdin=json.dumps(document))
        assert result.exit_code == 0, result.stderr
        assert document["row"]["record_id"] in result.json["proven"]
        result = run_cli("verify-proof", "-", "--digest", "0" * 64, stdin=json.dumps(document))
        assert result.exit_code == 4
        assert "refused: checkpoint: its digest is" in result.stderr


class TestRows:
    """comply.audit_proof()."""

    def test_each_row_has_a_proof_under_each_digest_that_covers_it(self, sealed: Sealed) -> None:
        """The first, the last and some in between; an older digest is refused with PC208."""
        counts = dict.fromkeys(sealed.digests, 0)
        with sealed.database.connect(None) as conn:
            rows = conn.execute(
                """
                select a.id
                from (
                  select
                    t.id,
                    row_number() over (order by t.tenant_id, t.id) as number,
                    count(*) over () as total
                  from comply.audit_trail as t
                ) as a
                where a.number % 97 = 1
                   or a.number = a.total
                """
            ).fetchall()
            for (row,) in rows:
                for digest in sealed.digests:
                    try:
                        found = conn.execute(
                            "select comply.audit_proof(%s, %s)::text", [row, digest]
                        ).fetchone()
                    except psycopg.Error as error:
                        assert error.sqlstate == "PC208"
                        continue
                    assert str(row) in proof.check(found[0].encode(), digest)
                    counts[digest] += 1
        assert list(counts.values()) == sorted(counts.values())
        assert counts[sealed.digests[-1]] == len(rows) > counts[sealed.digests[0]] > 0

    def test_a_redacted_row_is_proven_without_its_images(
        self, make_database: Callable[..., Database], template: Database
    ) -> None:
        """The commitment stands for them; the proof says that the row was redacted."""
        database = make_database(template)
        with database.connect(None) as conn:
            conn.execute("select comply.add_tenant('acme', 'Acme Secret')")
            conn.execute("call comply.seal_audit()")
            digest = conn.execute("select comply.checkpoint()").fetchone()[0]
            row = conn.execute("select id from comply.audit_trail").fetchone()[0]
        database.run(REDACT.format(row))
        text = database.value("select comply.audit_proof(%s)::text", row)
        assert "Secret" not in text
        assert "redacted since" in proof.check(text.encode(), digest)
        # An image beside the commitment would be a forger's.
        document = json.loads(text)
        document["row"]["new_values"] = "{}"
        assert "no object of" in refusal(document, digest)

    def test_what_has_no_proof_is_told(
        self, make_database: Callable[..., Database], template: Database, sealed: Sealed
    ) -> None:
        """Each reason has its code and a hint."""
        database = make_database(template)
        with database.connect(None) as conn:

            def code(query: str, *parameters: Any) -> str:
                with pytest.raises(psycopg.Error) as raised:
                    conn.execute(query, parameters)
                assert raised.value.diag.message_hint
                return raised.value.sqlstate

            ask = "select comply.audit_proof(%s, %s)"
            nothing = "00000000-0000-7000-8000-000000000000"
            assert code(ask, nothing, None) == "PC205"
            conn.execute("select comply.add_tenant('acme', 'Acme')")
            row = conn.execute("select id from comply.audit_trail").fetchone()[0]
            assert code(ask, row, None) == "PC207"
            conn.execute("call comply.seal_audit()")
            first = conn.execute("select comply.checkpoint()").fetchone()[0]
            conn.execute("select comply.add_tenant('globex', 'Globex')")
            late = conn.execute("select id from comply.audit_trail where tenant_id = 'globex'").fetchone()[0]
            assert code(ask, late, None) == "PC206"
            conn.execute("call comply.seal_audit()")
            assert code(ask, late, None) == "PC208"
            assert code(ask, late, first) == "PC208"
            assert code(ask, row, sealed.digests[0]) == "PC209"
            assert code(ask, row, "no digest") == "PC209"
            between = "select comply.consistency_proof(%s, %s, %s)"
            assert code(between, first, first, None) == "PC208"
            second = conn.execute("select comply.checkpoint()").fetchone()[0]
            assert code(between, second, first, None) == "PC208"
            assert code(between, first, None, "globex") == "PC208"
            assert code(between, first, None, "nobody") == "PC206"
            assert code(between, None, None, None) == "PC209"

    def test_a_changed_row_has_no_proof(
        self, make_database: Callable[..., Database], template: Database
    ) -> None:
        """Whatever the administrator made of it was never sealed."""
        database = make_database(template)
        with database.connect(None) as conn:
            conn.execute("select comply.add_tenant('acme', 'Acme')")
            conn.execute("call comply.seal_audit()")
            conn.execute("select comply.checkpoint()")
        database.run(
            "alter table comply.audit_trail disable trigger _100_refuse_change;"
            " update comply.audit_trail set actor = 'nobody'"
        )
        with pytest.raises(psycopg.Error) as raised:
            database.value("select comply.audit_proof(id) from comply.audit_trail")
        assert raised.value.sqlstate == "PC206"

    def test_a_row_of_another_clock_is_found(
        self, make_database: Callable[..., Database], template: Database
    ) -> None:
        """A test may move comply.now, so a row's time may be in another month than its id's."""
        database = make_database(template)
        with database.connect(None) as conn:
            time = conn.execute("select now() - interval '70 days'").fetchone()[0]
            conn.execute("select comply_private.make_partition('comply.audit_trail', %s)", [time])
            conn.execute("select set_config('comply.now', %s, false)", [time.isoformat()])
            conn.execute("select comply.add_tenant('acme', 'Acme')")
            conn.execute("reset comply.now")
            conn.execute("call comply.seal_audit()")
            digest = conn.execute("select comply.checkpoint()").fetchone()[0]
            text = conn.execute("select comply.audit_proof(id)::text from comply.audit_trail").fetchone()[0]
        proof.check(text.encode(), digest)
        assert json.loads(text)["row"]["timestamp"] == f"{time.astimezone(UTC):%Y-%m-%dT%H:%M:%S.%fZ}"


class TestRights:
    """Who gets which proof."""

    def test_a_service_has_proofs_of_its_tenant(self, sealed: Sealed) -> None:
        """Of another's row it hears what it hears of one that is not there."""
        rows = {
            tenant: sealed.ask(
                "select id from comply.audit_trail where tenant_id = %s order by id limit 1", tenant
            )
            for tenant in ("acme", "globex")
        }
        with sealed.database.connect(None) as conn:
            for role in ("comply_app", "comply_reader"):
                with conn.transaction(force_rollback=True):
                    conn.execute("select comply.enter('globex')")
                    conn.execute(f"set local role {role}")
                    text = conn.execute("select comply.audit_proof(%s)::text", [rows["globex"]]).fetchone()[0]
                    proof.check(text.encode(), sealed.digests[-1])
                    assert "acme" not in text
                    assert "tiny" not in text
                    text = conn.execute(
                        "select comply.consistency_proof(%s, null, 'globex')::text", [sealed.digests[0]]
                    ).fetchone()[0]
                    proof.check(text.encode(), sealed.digests[-1])
                    assert "acme" not in text
                    for code, query, *parameters in (
                        ("PC205", "select comply.audit_proof(%s)", rows["acme"]),
                        ("PC206", "select comply.consistency_proof(%s, null, 'acme')", sealed.digests[0]),
                    ):
                        with pytest.raises(psycopg.Error) as raised, conn.transaction():
                            conn.execute(query, parameters)
                        assert raised.value.sqlstate == code

    def test_the_inner_functions_are_no_door(self, sealed: Sealed) -> None:
        """A row without its salt, and a header that was made up, open nothing."""
        row = sealed.ask("select id from comply.audit_trail where tenant_id = 'acme' order by id limit 1")
        with sealed.database.connect(None) as conn:
            conn.execute("create temp table known as select * from comply.audit_trail where id = %s", [row])
            conn.execute(
                "create temp table header as select * from comply.ledger_blocks where tenant_id = 'acme'"
            )
            conn.execute("grant select on known, header to public")
            headers = "select array_agg(row(h.*)::comply.ledger_blocks) from header as h"
            prove_history = f"select comply.prove_history(%s, null, ({headers}))"

            def attempt(query: str, *parameters: Any) -> str:
                try:
                    with conn.transaction(force_rollback=True):
                        conn.execute("select comply.enter('globex')")
                        conn.execute("set local role comply_app")
                        return conn.execute(query, parameters).fetchone()[0]
                except psycopg.Error as error:
                    return error.sqlstate

            columns = [
                name
                for (name,) in conn.execute(
                    "select attname from pg_attribute where attrelid = 'comply.audit_trail'::regclass"
                    " and attnum > 0 and not attisdropped order by attnum"
                ).fetchall()
            ]

            def as_row(**changed: str) -> str:
                values = ", ".join(changed.get(name, f'k."{name}"') for name in columns)
                return f"select comply.prove_row(row({values})::comply.audit_trail) from known as k"

            # Whoever holds the whole row holds all that its proof says.
            assert attempt(as_row())["row"]["tenant_id"] == "acme"
            assert attempt(as_row(salt="gen_random_uuid()")) == "PC206"
            assert attempt(as_row(salt="null")) == "PC206"
            assert attempt(as_row(tenant_id="'globex'")) == "PC206"
            assert attempt(prove_history, sealed.digests[0])["chains"] != []
            conn.execute("update header set root = sha256('guessed')")
            assert attempt(prove_history, sealed.digests[0]) == "PC208"


class TestTrees:
    """SQL's trees against RFC 9162's own definition."""

    @staticmethod
    def leaves(count: int) -> list[bytes]:
        """Return the leaves of the tree."""
        return [sha256(number.to_bytes(4, "big")).digest() for number in range(count)]

    def root(self, leaves: list[bytes]) -> bytes:
        """Return MTH of RFC 9162, section 2.1.1, as it is defined there."""
        if len(leaves) < 2:
            return leaves[0] if leaves else sha256(b"").digest()
        k = 1 << ((len(leaves) - 1).bit_length() - 1)
        return sha256(b"\1" + self.root(leaves[:k]) + self.root(leaves[k:])).digest()

    def test_roots_and_paths_of_each_size(self, grown: psycopg.Connection[Any]) -> None:
        """Both ways in SQL: from all leaves, and from the finished subtrees that are kept."""
        rows = grown.execute(
            """
            select
              n,
              i,
              comply_private.merkle_root(l.leaves),
              comply_private.peaks_root(comply_private.tree_peaks('t', 's', n)),
              comply_private.merkle_path(l.leaves, i),
              comply_private.tree_path('t', 's', i, n)
            from generate_series(1, 70) as n
            cross join lateral (
              select string_agg(sha256(int4send(k)), '' order by k) as leaves
              from generate_series(0, n - 1) as k
            ) as l
            cross join generate_series(0, n - 1) as i
            """
        ).fetchall()
        assert len(rows) == 70 * 71 // 2
        leaves = self.leaves(70)
        roots = {size: self.root(leaves[:size]) for size in range(71)}
        for size, index, root, peaks_root, path, tree_path in rows:
            assert root == peaks_root == roots[size]
            assert path == tree_path
            found = proof.climb(leaves[index], index, size, path, "")
            assert found == (roots[size], roots[index + 1])

    def test_growth_from_each_size_to_each(self, grown: psycopg.Connection[Any]) -> None:
        """As comply.prove_history() has it: the last finished subtree, and its path."""
        rows = grown.execute(
            """
            select m, n, case when v.node_no = 0 then '' else v.hash end
              || comply_private.tree_path('t', 's', v.node_no, n, v.level)
            from generate_series(1, 70) as n
            cross join generate_series(1, n - 1) as m
            cross join lateral (
              select * from comply_private.ledger_nodes as v
              where v.stream = 's' and v.node_no = (m >> v.level) - 1 and (m >> v.level) % 2 = 1
              order by v.level limit 1
            ) as v
            """
        ).fetchall()
        assert len(rows) == 70 * 69 // 2
        leaves = self.leaves(70)
        trees = {
            size: {"size": size, "root": b64encode(self.root(leaves[:size])).decode()}
            for size in range(1, 71)
        }
        for old, new, path in rows:
            proof.require_growth(trees[old], trees[new], path, "")
            other = dict(trees[old], root=trees[new]["root"])
            with pytest.raises(proof.RefusedError):
                proof.require_growth(other, trees[new], path, "")
            with pytest.raises(proof.RefusedError):
                proof.require_growth(trees[old], trees[new], path + bytes(32), "")
            with pytest.raises(proof.RefusedError):
                proof.require_growth(trees[old], trees[new], path[:-32], "")

    @pytest.mark.parametrize("size", [1, 2, 3, 6, 7, 8])
    def test_a_tree_that_did_not_grow(self, size: int) -> None:
        """Has the same root, and no path."""
        leaves = self.leaves(size)
        tree = {"size": size, "root": b64encode(self.root(leaves)).decode()}
        proof.require_growth(tree, tree, b"", "")
        other = tree | {"root": b64encode(bytes(32)).decode()}
        for old, new, path in ((tree, other, b""), (other, tree, b""), (tree, tree, leaves[0])):
            with pytest.raises(proof.RefusedError):
                proof.require_growth(old, new, path, "")

    @pytest.mark.parametrize(("old", "new"), [(0, 0), (0, 1), (-1, 1), (2, 1), (2**62, 2**61)])
    def test_sizes_that_cannot_be(self, old: int, new: int) -> None:
        """Are refused before they are counted with."""
        root = b64encode(bytes(32)).decode()
        with pytest.raises(proof.RefusedError, match="do not become"):
            proof.require_growth({"size": old, "root": root}, {"size": new, "root": root}, b"", "")

    def test_every_chain_of_a_tenant_is_proven(self, sealed: Sealed) -> None:
        """Between each two checkpoints, whether it grew or not."""
        for tenant in ("acme", "globex", "tiny"):
            for number, old in enumerate(sealed.digests):
                for new in sealed.digests[number + 1 :]:
                    text = sealed.ask("select comply.consistency_proof(%s, %s, %s)::text", old, new, tenant)
                    assert f"audit_trail of tenant '{tenant}' only grew" in proof.check(text.encode(), new)
        (chain,) = json.loads(text)["chains"]
        assert (chain["path"], chain["from"]["size"]) == ("", chain["to"]["size"])


class TestLies:
    """A prover who lies."""

    def test_the_older_digest_does_not_stand_for_the_newer(
        self, sealed: Sealed, valid: tuple[dict[str, Any], str]
    ) -> None:
        """A proof is of one digest."""
        assert "its digest is" in refusal(valid[0], sealed.digests[0])

    def test_swapped_siblings(self, valid: tuple[dict[str, Any], str]) -> None:
        """Each two neighbours of each path."""
        document, digest = valid
        for keys in (["leaf", "path"], ["history"], ["head", "path"]):
            path = b64decode(at(document, keys))
            assert len(path) >= 64
            for step in range(0, len(path) - 32, 32):
                swapped = (
                    path[:step] + path[step + 32 : step + 64] + path[step : step + 32] + path[step + 64 :]
                )
                lie = put(document, keys, b64encode(swapped).decode())
                assert "not below the root" in refusal(lie, digest)

    def test_cut_and_stretched_paths(self, valid: tuple[dict[str, Any], str]) -> None:
        """At both ends, by whole steps and by a byte."""
        document, digest = valid
        for keys in (["leaf", "path"], ["history"], ["head", "path"]):
            path = b64decode(at(document, keys))
            for lie, why in (
                (path[:-32], "too short"),
                (path[32:], "too short"),
                (b"", "too short"),
                (path + bytes(32), "too long"),
                (bytes(32) + path, "too long"),
                (path + b"\0", "too long"),
                (path[:-1], "not below the root"),
            ):
                assert why in refusal(put(document, keys, b64encode(lie).decode()), digest)

    def test_a_replaced_header_with_a_recomputed_tail(self, valid: tuple[dict[str, Any], str]) -> None:
        """Everything after the lie is right again, but for the digest that is kept outside."""
        document, digest = deepcopy(valid[0]), valid[1]
        document["row"]["actor"] = "nobody"
        forged = recompute(document)
        assert "'acme'" in proof.check(json.dumps(document).encode(), forged)
        assert "its digest is" in refusal(document, digest)

    @pytest.mark.parametrize(
        ("place", "member", "value"),
        [("row", "tenant_id", "globex"), ("block", "tenant_id", "globex"), ("block", "stream", "access_log")],
    )
    def test_a_row_in_the_chain_of_another(
        self, valid: tuple[dict[str, Any], str], place: str, member: str, value: str
    ) -> None:
        """A sealer that lies could seal it there; the digest would bear it out."""
        document = deepcopy(valid[0])
        document[place][member] = value
        assert "another chain" in refusal(document, recompute(document))

    @pytest.mark.parametrize(
        "data",
        [
            b"",
            b"null",
            b"[]",
            b"{}",
            b"\xff",
            b'{"format": "comply-db-proof-1"}',
            b'{"format": ["comply-db-proof-1"]}',
            b'{"format": "comply-db-proof-2"}',
            b"[" * 100_000,
            b'{"a":' * 100_000,
            b"1" * 10_000,
            b"NaN",
        ],
        ids=lambda data: repr(data[:20]),
    )
    def test_what_is_no_proof(self, data: bytes) -> None:
        """Is refused, never a traceback."""
        refusal(data, "0" * 64)

    def test_a_member_twice(self, valid: tuple[dict[str, Any], str]) -> None:
        """JSON readers differ on which of two counts, so neither does."""
        document, digest = valid
        text = json.dumps(document)
        for member in (
            '"actor": null',
            f'"seq": {document["checkpoint"]["seq"]}',
            '"format": "comply-db-proof-1"',
        ):
            assert text.count(member) == 1
            twice = text.replace(member, f"{member}, {member}")
            assert "twice" in refusal(twice.encode(), digest)

    @settings(max_examples=600, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(data=st.data())
    def test_no_single_change_is_accepted(
        self, valid: tuple[dict[str, Any], str], data: st.DataObject
    ) -> None:
        """Of any member at any depth: another value, another type, gone, or one more."""
        document, digest = valid
        refusal(changed(document, data), digest)

    @pytest.mark.parametrize("chains", [None, {}, "", "acme", 0, True])
    def test_chains_that_are_no_list(self, continued: tuple[dict[str, Any], str], chains: Any) -> None:
        """What has nothing to go through proves nothing."""
        document, digest = continued
        assert "chains" in refusal(document | {"chains": chains}, digest)

    @settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(data=st.data())
    def test_no_single_change_of_a_consistency_proof_is_accepted(
        self, continued: tuple[dict[str, Any], str], data: st.DataObject
    ) -> None:
        """But for an empty list of chains, which proves less and says so."""
        document, digest = continued
        refusal(changed(document, data, keep=("chains",)), digest)


VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**70), 2**70),
    st.floats(),
    st.text(max_size=5),
    st.sampled_from(
        ["\ud800", "\0", "", "=", "1e3", " 1", "+1", "\u0661", "0x1", "2026-11-23", "infinity", "A" * 44]
    ),
    st.just([]),
    st.just({}),
    st.just({"path": ""}),
)


def changed(document: dict[str, Any], data: st.DataObject, keep: tuple[str, ...] = ()) -> dict[str, Any]:
    """Return a document with one change that it shall not survive."""
    lie = deepcopy(document)
    places = [(thing, key) for thing, key in walk(lie) if key not in keep]
    thing, key = data.draw(st.sampled_from(places))
    before = thing[key]
    how = data.draw(st.sampled_from(["value", "near", "gone", "more", "moved"]))
    if how == "gone":
        if isinstance(thing, list):
            thing[key] = None
        else:
            del thing[key]
    elif how == "more" and isinstance(before, dict):
        before[data.draw(st.text(max_size=3).filter(lambda name: name not in before))] = data.draw(VALUES)
    elif how == "moved":
        other, name = data.draw(st.sampled_from(places))
        thing[key] = deepcopy(other[name])
    elif how == "near":
        thing[key] = near(before, data)
    else:
        thing[key] = data.draw(VALUES)
    # The same in other words counts as a change: 1 and 1.0, 1 and true.
    if json.dumps(lie, sort_keys=True) == json.dumps(document, sort_keys=True):
        lie["one more"] = 1
    return lie


def near(value: Any, data: st.DataObject) -> Any:
    """Return a value that a careless reader takes for another one."""
    if isinstance(value, bool) or value is None:
        return data.draw(st.sampled_from([0, "", "null", [], False]))
    if isinstance(value, int):
        return data.draw(
            st.sampled_from(
                [value + 1, value - 1, -value, float(value), str(value), bool(value), value + 2**32]
            )
        )
    if isinstance(value, str):
        at = data.draw(st.integers(0, max(len(value) - 1, 0)))
        return data.draw(
            st.sampled_from(
                [
                    value[:at] + value[at + 1 :],
                    value[:at] + "0" + value[at:],
                    value[:at] + ("B" if value[at : at + 1] == "A" else "A") + value[at + 1 :],
                    value.upper() if value.upper() != value else value.lower(),
                    value + " ",
                    " " + value,
                    value + "\n",
                    value.replace("-", ""),
                    value.replace("Z", "+00:00"),
                    value.replace("=", ""),
                    value.encode().hex(),
                ]
            )
        )
    return data.draw(st.sampled_from([[value], list(value), json.dumps(value), {"": value}]))


def recompute(document: dict[str, Any]) -> str:
    """Make every hash of a proof right again; return the digest that it has then."""

    def climb(node: bytes, index: int, size: int, path: str) -> str:
        return b64encode(proof.climb(node, index, size, b64decode(path), "")[0]).decode()

    def hashed(tag: bytes, values: list[Any]) -> bytes:
        return proof.hashed(tag, [proof.VERSION, *values])

    block, head, checkpoint = document["block"], document["head"], document["checkpoint"]
    values = proof.fields(document["row"], proof.ROW + proof.IMAGES, "row")
    leaf = hashed(b"\0\1", [*values[:13], (17, proof.hashed(b"\5", values[13:]))])
    block["root"] = climb(leaf, document["leaf"]["index"], block["leaf_count"], document["leaf"]["path"])
    header = proof.fields(block, proof.BLOCK, "block")
    head["root"] = climb(hashed(b"\0\2", header), block["block_no"], head["size"], document["history"])
    leaf = hashed(b"\0\3", [*header[:2], *proof.fields(head, proof.HEAD, "head")[:2]])
    checkpoint["heads_root"] = climb(leaf, head["index"], checkpoint["heads"], head["path"])
    values = proof.fields(checkpoint, proof.CHECKPOINT, "checkpoint")[:-1]
    checkpoint["digest"] = hashed(b"\0\4", values).hex()
    return checkpoint["digest"]


def walk(thing: Any) -> Iterator[tuple[Any, Any]]:
    """Yield each place of a document, as what has it and its key."""
    for key in thing if isinstance(thing, dict) else range(len(thing)):
        yield thing, key
        if isinstance(thing[key], dict | list):
            yield from walk(thing[key])


def at(document: Any, keys: list[str]) -> Any:
    """Return what is at a place."""
    for key in keys:
        document = document[key]
    return document


def put(document: dict[str, Any], keys: list[str], value: Any) -> dict[str, Any]:
    """Return a document with another value at a place."""
    copy = deepcopy(document)
    at(copy, keys[:-1])[keys[-1]] = value
    return copy
