"""Which indexes comply.advise_indexes() finds in what was really run, on a server that keeps that."""

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
import server_log
from comply_db import embedded

SHOP = """
create schema shop;
create table shop.customers (customer_id bigint primary key, email text not null);
create table shop.orders (
  order_id bigint primary key, customer_id bigint not null, status text not null,
  placed_at timestamptz not null
);
create table shop.visits (
  tenant_id text not null, visit_id bigint, page text not null, at timestamptz not null,
  weight numeric not null,
  primary key (tenant_id, visit_id)) partition by range (visit_id);
create table shop.visits_1 partition of shop.visits for values from (0) to (100);
create table shop.visits_2 partition of shop.visits for values from (100) to (1000000);
create table shop."Order(Lines)" (id bigint primary key, "SkuCode" text not null);
create table shop.settings (name text primary key, value text not null);
insert into shop.customers select i, 'c' || i from generate_series(1, 5000) as i;
insert into shop.orders
select i, i % 5000, (array['new', 'sent', 'paid'])[1 + i % 3],
  '2026-01-01'::timestamptz + i * interval '1 minute'
from generate_series(1, 50000) as i;
insert into shop.visits
select 't' || i % 10, i, 'p' || i % 1000, '2026-01-01'::timestamptz + i * interval '1 minute', i
from generate_series(1, 50000) as i;
insert into shop."Order(Lines)" select i, 'sku-' || i from generate_series(1, 5000) as i;
insert into shop.settings select i, i from generate_series(1, 10) as i;
alter table shop.visits enable row level security;
create policy tenant on shop.visits using (tenant_id = (select current_setting('shop.tenant', true)));
grant usage, create on schema shop to service;
grant all on all tables in schema shop to service;
"""
RUN = [
    "select order_id from shop.orders where customer_id = 7 and placed_at >= '2026-01-05'",
    "/* a page */ select o.order_id from shop.orders as o"
    " join shop.customers c on c.customer_id = o.customer_id"
    " where c.email = 'c7 or status = 1' /* status = 1 */ and o.status in ('new', 'sent')"
    " order by o.placed_at limit 9",
    "update shop.orders set status = 'sent' where order_id = 12",
    "select 1 from shop.customers where customer_id = 7 and email = 'c7'",
    "select 1 from shop.visits where page = 'p7' and weight > 9 and at < '2026-01-09' -- of one tenant",
    "select 1 from shop.settings where value = '7'",
    "select 1 from shop.orders where status = 'new' or placed_at < '2026-01-05'",
    "select 1 from shop.orders where status = shop.count()",
    'select l.id from "shop"."Order(Lines)" as l where l."SkuCode" = \'sku-7\'',
]


@pytest.fixture(scope="module")
def shop_server() -> Iterator[embedded.Server]:
    """A server with a shop in it."""
    with server_log.running("advice", shared_preload_libraries="pg_stat_statements") as server:
        server_log.deploy(server)
        with psycopg.connect(server.dsn(), autocommit=True) as conn:
            conn.execute(SHOP)
            conn.execute("analyze")
        yield server


@pytest.fixture
def shop(shop_server: embedded.Server) -> Iterator[psycopg.Connection[Any]]:
    """A superuser's connection to it."""
    with psycopg.connect(shop_server.dsn(), autocommit=True) as conn:
        yield conn


def advice(conn: psycopg.Connection[Any], **options: Any) -> dict[tuple[str, ...], dict[str, Any]]:
    """Return what is advised, by table and columns."""
    with conn.cursor(row_factory=psycopg.rows.dict_row) as cursor:
        rows = cursor.execute("select * from comply.advise_indexes('shop', 2)").fetchall()
    return {(row["table_name"].removeprefix("shop."), *row["columns"]): row for row in rows}


def test_what_was_run_tells_which_indexes_are_missing(
    shop_server: embedded.Server, shop: psycopg.Connection[Any]
) -> None:
    with pytest.raises(psycopg.errors.Error) as missing:
        advice(shop)
    assert missing.value.sqlstate == "PC641"

    shop.execute("create extension pg_stat_statements")
    has_hypopg = shop.execute(
        "select exists (select from pg_available_extensions where name = 'hypopg')"
    ).fetchone()[0]
    if has_hypopg:
        shop.execute("create extension hypopg")
    with psycopg.connect(shop_server.dsn(user="service"), autocommit=True) as service:
        service.execute("create sequence shop.count_seq")
        service.execute("grant all on sequence shop.count_seq to public")
        service.execute(
            "create function shop.count() returns text immutable language plpgsql as"
            " $$ begin return nextval('shop.count_seq'); end $$"
        )
        for statement in RUN:
            for _ in range(3):
                service.execute(statement)
        service.execute("select set_config('shop.tenant', 't7', false)")
        before = service.execute("select last_value from shop.count_seq").fetchone()

        advised = advice(shop)
        wanted = {
            ("orders", "customer_id", "placed_at"),
            ("orders", "status", "placed_at"),
            ("customers", "email"),
            ('"Order(Lines)"', "SkuCode"),
            ("visits", "tenant_id", "page", "at"),
        }
        if has_hypopg:
            assert wanted <= set(advised)
            for row in advised.values():
                assert row["cost_after"] < row["cost_before"] * 0.7
                assert row["bytes"] > 0
            assert shop.execute("select count(*) from hypopg_list_indexes").fetchone() == (0,)
        else:
            assert {columns[:2] for columns in wanted} <= {columns[:2] for columns in advised}
            assert all(row["cost_after"] is None for row in advised.values())
        assert not any(name in ("settings", "visits_2") for name, *_ in advised)
        # A key that finds one row needs no other, and what RLS would keep off an index is in none.
        assert not any("order_id" in columns or "weight" in columns for columns in advised)
        assert advised["customers", "email"]["calls"] == 3
        # Planning what the service ran would call its function, which claims to change nothing.
        assert service.execute("select last_value from shop.count_seq").fetchone() == before

        for row in advised.values():
            shop.execute(row["cure"])
        shop.execute("analyze")
        assert not wanted & set(advice(shop))
        plan = "".join(line for (line,) in service.execute("explain " + RUN[0]))
        assert "Index Cond: ((customer_id = 7) AND (placed_at >=" in plan
        plan = "".join(line for (line,) in service.execute("explain " + RUN[4].replace("p7", "p17")))
        assert "(tenant_id = " in plan and "(page = 'p17'" in plan and "visits_2_tenant_id_page" in plan


def test_whoever_may_not_see_statements_hears_so(
    shop_server: embedded.Server, shop: psycopg.Connection[Any]
) -> None:
    shop.execute("create extension if not exists pg_stat_statements")
    with psycopg.connect(shop_server.dsn(user="auditor"), autocommit=True) as auditor:
        with pytest.raises(psycopg.errors.Error) as refused:
            advice(auditor)
        assert refused.value.sqlstate == "PC642"
        shop.execute("grant pg_read_all_stats to auditor")
        # The tables are not his to plan for, so what they would cost stays unsaid.
        assert all(row["cost_before"] is None for row in advice(auditor).values())
