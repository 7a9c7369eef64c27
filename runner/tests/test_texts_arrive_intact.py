"""What stands in a file is what the server gets: bytes, quotes, sizes, and the borders between statements."""

import hashlib

import pytest
from comply_db.manifest import SqlFile, normalise
from comply_db.statements import place, split
from hypothesis import given
from hypothesis import strategies as st

NASTY = """begin
  -- a comment; with '; quotes' and $tag$
  /* nested /* comments; */ ; */
  perform 'it''s; fine', E'back\\\\slash;\\'', "quoted; name" from (select 1 as "quoted; name") as t;
  execute $in$ select ';', '😀 é ß' $in$;
  return '😀';
end;"""


def function(body: str) -> str:
    return (
        f"create or replace function comply.nasty() returns text language plpgsql as $outer${body}$outer$;\n"
    )


def test_nasty_bodies(run_cli, ground, tree) -> None:
    """G15: prosrc is the text that was sent."""
    tree.add("functions/comply.nasty.sql", function(NASTY))
    tree.add(
        "functions/comply.atomic.sql",
        "create or replace function comply.atomic() returns integer language sql stable\n"
        "begin atomic\n  select 1; -- ; \n  select case when true then 2 end;\nend;\n",
    )
    result = run_cli("deploy", database=ground, source=tree.root)
    assert result.exit_code == 0, result.stderr
    assert ground.value("select prosrc from pg_proc where proname = 'nasty'") == NASTY
    assert ground.value("select comply.nasty()") == "😀"
    assert ground.value("select comply.atomic()") == 2


def test_line_ends_and_marks(run_cli, ground, tree) -> None:
    """G15, F18: a BOM and CRLF are not what the function gets."""
    tree.add("functions/comply.nasty.sql", b"\xef\xbb\xbf" + function(NASTY).replace("\n", "\r\n").encode())
    assert run_cli("deploy", database=ground, source=tree.root).exit_code == 0
    assert ground.value("select prosrc from pg_proc where proname = 'nasty'") == NASTY


def test_fifty_megabytes(run_cli, ground, tree) -> None:
    """G15"""
    body = f"begin\n  return '{'0123456789é' * 4_500_000}';\nend;"
    text = function(body)
    assert len(text.encode()) > 50_000_000
    tree.add("functions/comply.nasty.sql", text)
    result = run_cli("deploy", database=ground, source=tree.root, timeout=120)
    assert result.exit_code == 0, result.stderr[-2000:]
    digest = "select encode(sha256(convert_to({}, 'UTF8')), 'hex') from {} "
    assert ground.value(digest.format("prosrc", "pg_proc") + "where proname = 'nasty'") == (
        hashlib.sha256(body.encode()).hexdigest()
    )
    table = "comply_private.schema_migration_events"
    assert ground.value(digest.format("content", table) + "where path = 'functions/comply.nasty.sql'") == (
        hashlib.sha256(text.rstrip().encode()).hexdigest()
    )


def test_not_utf_8(run_cli, ground, tree) -> None:
    path = tree.add("schema/0003__latin.sql", "select 'é';".encode("latin-1"))
    result = run_cli("deploy", database=ground, source=tree.root)
    assert result.exit_code == 4
    assert f"{path}: not UTF-8 at byte 8" in result.stderr


LINES = st.lists(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\r\n\ufeff"))).map(
    "\n".join
)


@given(LINES, st.text(" \t\r\n\f\v"))
def test_a_text_has_one_checksum_however_it_is_saved(text, blanks) -> None:
    """BOM, CRLF and blanks at the end are left out, and nothing else is."""
    kept = normalise(text.encode())
    assert kept == text.rstrip(" \t\r\n\f\v")
    assert normalise(b"\xef\xbb\xbf" + text.replace("\n", "\r\n").encode() + blanks.encode()) == kept
    assert normalise(kept.encode()) == kept
    assert SqlFile("schema/0001__x.sql", kept).checksum == hashlib.sha256(kept.encode()).hexdigest()


STATEMENT = st.sampled_from(
    [
        "select 1",
        "select ';', E'\\';', \"a;b\" from t",
        "select $$;$$, $a$ ; $$ ; $a$",
        "select /* ; /* ; */ */ 1",
        "create function f() returns int language sql begin atomic select 1; select 2; end",
        "do $x$ begin perform 1; end $x$",
        "create index concurrently i on t (a)",
        "select '😀;é'",
    ]
)
GAP = st.sampled_from([";", "; ", ";\n\n", "; -- a comment; or two\n", ";\n/* ; /* ; */ */\n"])


@given(st.lists(st.tuples(STATEMENT, GAP), min_size=1, max_size=8))
def test_statements_part_where_they_end(parts) -> None:
    """As many as went in, in order, and each splits into itself."""
    statements = split(SqlFile("schema/0001__x.sql", "".join(s + g for s, g in parts)))
    assert statements == [s for s, _ in parts]
    for statement in statements:
        assert split(SqlFile("schema/0001__x.sql", statement)) == [statement]


@given(LINES, st.data())
def test_a_position_has_one_place(text, data) -> None:
    position = data.draw(st.integers(1, len(text) + 1))
    line, column = place(text, position)
    lines = text.split("\n")
    assert sum(len(entry) + 1 for entry in lines[: line - 1]) + column == position
    assert 1 <= column <= len(lines[line - 1]) + 1


@pytest.mark.parametrize("position", [None, 0])
def test_no_position_has_no_place(position) -> None:
    assert place("select", position) == (None, None)
