"""Pages of comply.audit_search(): one after the other they are the whole, also while others write."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import pairwise

import psycopg
import pytest
from conftest import Database
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

# Few times, ids and transactions, so that many rows share what they are ordered by.
ROWS = st.lists(
    st.tuples(
        st.sampled_from(["acme", "globex"]),
        st.integers(0, 3),
        st.integers(0, 3),
        st.integers(1, 3),
        st.sampled_from(["INSERT", "UPDATE", "DELETE"]),
    ),
    max_size=60,
    unique_by=lambda row: row[:4],
)
INSERT = """
insert into comply.audit_trail (
  tenant_id, "timestamp", id, transaction_id, operation, table_name, record_id, user_id, old_values)
values (
  %s,
  timestamptz '2001-02-28 23:59:59.999999+00' + %s * interval '1 microsecond',
  lpad(%s::text, 32, '0')::uuid, %s::text::xid8, %s, 'storage_records', gen_random_uuid(), 'service',
  '{"metadata": "before"}')
"""
WHOLE = """
select a."timestamp", a.id, a.tenant_id, a.transaction_id::text
from comply.audit_trail as a
where a."timestamp" < '2002-01-01 00:00+00'
  and (%(operation)s::text is null or a.operation = %(operation)s)
order by a."timestamp" desc, a.id desc, a.tenant_id desc, a.transaction_id desc
"""
PAGE = """
select s."timestamp", s.id, s.tenant_id, s.transaction_id::text, s.cursor
from comply.audit_search(
  operation => %(operation)s, before => '2002-01-01 00:00+00', row_limit => %(limit)s, after => %(after)s
) as s
"""


@pytest.fixture(scope="module")
def searched(make_database: Callable[..., Database], template: Database) -> Database:
    """A database with an auditor, a service, and months of the past."""
    database = make_database(template)
    database.run("""
      do $$
      begin
        if to_regrole('test_pager') is null then
          create role test_pager login;
        end if;
      end;
      $$;
      grant comply_auditor to test_pager;
      select comply.add_tenant('acme'), comply.add_tenant('globex');
      select comply_private.make_partition('comply.audit_trail', '2001-02-01 00:00+00'),
             comply_private.make_partition('comply.audit_trail', '2001-03-01 00:00+00');
    """)
    return database


@contextmanager
def written(database: Database, rows: list[tuple]) -> Iterator[psycopg.Connection]:
    """Write rows, and take them away again by what the owner of the table can do."""
    with database.connect(None) as admin:
        admin.cursor().executemany(INSERT, rows)
        try:
            yield admin
        finally:
            admin.execute("""
              set session_replication_role = replica;
              alter table comply.audit_trail_2001_02 disable trigger all;
              alter table comply.audit_trail_2001_03 disable trigger all;
              truncate comply.audit_trail_2001_02, comply.audit_trail_2001_03;
            """)


def pages(database: Database, limit: int, operation: str | None, between: Callable[[], None]) -> list[list]:
    """Return every page that an auditor turns, calling `between` after each."""
    turned, after = [], None
    with database.connect("test_pager") as conn:
        while True:
            asked = {"operation": operation, "limit": limit, "after": after}
            page = conn.execute(PAGE, asked).fetchall()
            turned.append([row[:4] for row in page])
            if len(page) < limit:
                return turned
            after = page[-1][4]
            between()


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=ROWS, limit=st.integers(1, 7), operation=st.sampled_from([None, "UPDATE", "DELETE"]))
def test_pages_are_the_whole(
    searched: Database, rows: list[tuple], limit: int, operation: str | None
) -> None:
    """Pages concatenated are what one query returns: in order, each row once, none lost."""
    with written(searched, rows) as admin:
        whole = admin.execute(WHOLE, {"operation": operation}).fetchall()
        turned = pages(searched, limit, operation, lambda: None)
    assert [row for page in turned for row in page] == whole
    assert all(len(page) == limit for page in turned[:-1])


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=ROWS, later=ROWS, limit=st.integers(1, 5))
def test_pages_hold_while_others_write(
    searched: Database, rows: list[tuple], later: list[tuple], limit: int
) -> None:
    """What was there when the first page was turned is returned once, whatever is written meanwhile."""
    keys = {row[:4] for row in rows}
    waiting = [row for row in later if row[:4] not in keys]
    with written(searched, rows) as admin:
        before = admin.execute(WHOLE, {"operation": None}).fetchall()

        def write() -> None:
            if waiting:
                admin.execute(INSERT, waiting.pop())

        turned = [row for page in pages(searched, limit, None, write) for row in page]
    assert [row for row in turned if row in set(before)] == before
    assert all(one > other for one, other in pairwise(turned))
