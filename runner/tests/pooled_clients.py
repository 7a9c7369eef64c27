"""Clients that share few connections, with a new tenant for every transaction, and look for each other.

Each looks before it enters, while it is in, and after it has left. Many do what services should not: they
fail, are refused, run out of time, or are cut off in the middle.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import random
import secrets
import socket
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from typing import Any
from uuid import UUID

import psycopg
from psycopg import pq

KEY = bytes(range(32))
# What a function or a trigger of ours reads or sets, whatever it will be called.
SETTINGS = r"""
select array_agg(distinct m[1])
from pg_proc as p
cross join regexp_matches(
  p.prosrc, '(?:current_setting\(''|set_config\(''|\mset local )(comply\.[a-z_]+)', 'g') as m
where p.pronamespace in ('comply'::regnamespace, 'comply_private'::regnamespace)
"""
# Its plan, unlike the plan of what clients send, lives as long as the connection to the server.
SEEN = """
create schema probe;
grant usage on schema probe to comply_app;
create function probe.seen()
returns text
language plpgsql
as $$
begin
  return (select string_agg(distinct r.tenant_id, ',') from comply.storage_records as r);
end;
$$;
"""
LOOK = """
select
  pg_backend_pid(), comply.current_tenant(), comply.current_actor(), comply.current_correlation_id(),
  nullif(concat_ws('', {}), ''), probe.seen(),
  (select string_agg(distinct r.tenant_id, ',') from comply.storage_records as r),
  (select string_agg(c.tenant_id, ',') from comply.tenant_configs as c)
"""
INSERT = """
insert into comply.storage_records (tenant_id, source_data_hash, detector_type, model_version, mapped_data)
values ($1, repeat('a', 64), 'presidio', 'v1', '{"labels": ["PII.Person.Name"]}')
"""
# What else a session can keep, besides what the pool itself carries from client to client.
KEPT = """
select concat_ws(
  ' ',
  (
    select string_agg(s.name || '=' || s.setting, ' ')
    from pg_settings as s
    where s.source = 'session'
      and s.name not in (
        'application_name', 'client_encoding', 'DateStyle', 'standard_conforming_strings', 'TimeZone')
  ),
  (select 'statement ' || min(s.name) from pg_prepared_statements as s having count(*) > 0),
  (select 'cursor ' || min(c.name) from pg_cursors as c where c.name <> '' having count(*) > 0),
  (select 'channel ' || min(c) from pg_listening_channels() as c having count(*) > 0),
  (select 'lock ' || min(l.locktype) from pg_locks as l
   where l.pid = pg_backend_pid() and l.locktype = 'advisory' having count(*) > 0),
  case when pg_my_temp_schema() <> 0 then 'temporary tables' end)
"""
# The pool's own: it has no connection to give, or takes no client more.
REFUSALS = ("query_wait_timeout", "no more connections allowed")


class RefusedError(Exception):
    """The server answered with an error."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"{code} {message}")
        self.code = code


class LostError(Exception):
    """The connection has ended."""


@dataclass(frozen=True)
class Context:
    """For whom and for what a transaction works."""

    tenant: str
    actor: str
    correlation_id: str


@dataclass
class Outcome:
    """What the clients did, and what they saw that they should not have seen."""

    acts: Counter[str] = field(default_factory=Counter)
    leaks: list[str] = field(default_factory=list)
    errors: Counter[str] = field(default_factory=Counter)
    refusals: Counter[str] = field(default_factory=Counter)
    committed: dict[str, tuple[Context, str]] = field(default_factory=dict)
    seconds: list[float] = field(default_factory=list)
    looks: int = 0
    last: dict[str, str] = field(default_factory=dict)
    turns: int = 0
    took: float = 0.0

    @property
    def transactions(self) -> int:
        """How many transactions were begun."""
        return sum(self.acts.values())


def prepare(admin: psycopg.Connection[Any], tenants: int, records: int) -> list[str]:
    """Fill a database with tenants that have records each, one in ten of them verbose; return the tenants."""
    names = [f"tenant-{n}" for n in range(1, tenants + 1)]
    query = """
      insert into comply.tenant_configs (tenant_id, display_name, audit_level)
      select t, t, case when t like '%%0' then 'verbose' else 'standard' end
      from unnest(%s::text[]) as t
    """
    admin.execute(query, [names])
    query = """
      insert into comply.storage_records (
        tenant_id, source_data_hash, detector_type, model_version, mapped_data)
      select t, repeat('a', 64), 'presidio', 'v1', '{"labels": ["PII.Person.Name"]}'
      from unnest(%s::text[]) as t
      cross join generate_series(1, %s)
    """
    admin.execute(query, [names, records])
    admin.execute(SEEN)
    admin.execute("analyze comply.storage_records")
    return names


def be_strict(admin: psycopg.Connection[Any]) -> None:
    """Let nobody in without a token that KEY signs."""
    admin.execute("select comply.rotate_context_key('k1', %s)", [KEY])
    admin.execute("select comply.set_profile('strict')")


def token(tenant: str, actor: str) -> str:
    """Sign a context as a gateway does."""
    who = base64.urlsafe_b64encode(actor.encode()).decode().rstrip("=")
    body = f"v1.k1.{tenant}.{who}.{int(time.time()) + 300}.{secrets.token_hex(16)}"
    return f"{body}.{hmac.new(KEY, body.encode(), hashlib.sha256).hexdigest()}"


class Session:
    """One connection of one client, straight through libpq: five hundred of them cost next to nothing."""

    def __init__(self, dsn: str) -> None:
        self.loop = asyncio.get_running_loop()
        self.pg = pq.PGconn.connect(dsn.encode())
        if self.pg.status != pq.ConnStatus.OK:
            raise LostError(self.pg.error_message.decode().strip())
        self.pg.nonblocking = 1
        self.socket = self.pg.socket
        self.results: list[pq.abc.PGresult] = []
        self.answer: asyncio.Future[None] | None = None
        self.ended = asyncio.Event()
        self.loop.add_reader(self.socket, self._read)

    def _read(self) -> None:
        try:
            self.pg.consume_input()
            while not self.pg.is_busy():
                result = self.pg.get_result()
                if result is None:
                    if self.answer and not self.answer.done():
                        self.answer.set_result(None)
                    break
                self.results.append(result)
        except psycopg.Error:
            self._end()
        else:
            if self.pg.status != pq.ConnStatus.OK:
                self._end()

    def _end(self) -> None:
        if not self.ended.is_set():
            self.loop.remove_reader(self.socket)
            self.ended.set()
            if self.answer and not self.answer.done():
                self.answer.set_result(None)

    def send(self, query: str, *values: str | None) -> None:
        """Send a statement with its values, and wait for nothing."""
        if self.ended.is_set():
            raise LostError("the connection has ended")
        self.results.clear()
        self.answer = self.loop.create_future()
        try:
            self.pg.send_query_params(query.encode(), [v if v is None else v.encode() for v in values])
            while self.pg.flush():
                pass
        except psycopg.Error as e:
            self._end()
            raise LostError(str(e)) from None

    async def receive(self) -> Sequence[str | None]:
        """Return the first row of what was sent last."""
        await self.answer
        for result in self.results:
            if result.status not in (pq.ExecStatus.COMMAND_OK, pq.ExecStatus.TUPLES_OK):
                code = result.error_field(pq.DiagnosticField.SQLSTATE) or b"?????"
                message = result.error_field(pq.DiagnosticField.MESSAGE_PRIMARY) or b""
                raise RefusedError(code.decode(), message.decode())
        if not self.results:
            raise LostError("the connection ended before the answer")
        first = self.results[0]
        if not first.ntuples:
            return []
        values = (first.get_value(0, column) for column in range(first.nfields))
        return [value if value is None else value.decode() for value in values]

    async def ask(self, query: str, *values: str | None) -> Sequence[str | None]:
        """Run a statement, and return its first row."""
        self.send(query, *values)
        return await self.receive()

    def cut(self) -> None:
        """End as a client does that is killed: without a word."""
        self._end()
        with socket.socket(fileno=self.socket) as cut:
            cut.shutdown(socket.SHUT_RDWR)
            cut.detach()
        self.pg.finish()

    def close(self) -> None:
        """End in order."""
        self._end()
        self.pg.finish()


class Client:
    """Somebody who works for one tenant after the other."""

    def __init__(
        self, name: str, dsn: str, look: str, tenants: list[str], outcome: Outcome, strict: bool, seed: int
    ) -> None:
        self.name, self.tenants, self.outcome, self.strict = name, tenants, outcome, strict
        self.dsn, self.look_query = f"{dsn} application_name={name}", look
        self.chance = random.Random(seed)  # noqa: S311
        self.session: Session | None = None
        self.deck: list[Callable[[Context], Awaitable[None]]] = []
        self.acts = self._acts()

    def _acts(self) -> dict[Callable[[Context], Awaitable[None]], int]:
        """Return what a client does, and how often in a hundred times or so."""
        return {
            self.reads: 40,
            self.writes: 25,
            self.rolls_back: 8,
            self.goes_on_elsewhere: 4,
            self.goes_back: 4,
            self.fails: 4,
            self.trespasses: 4,
            self.is_refused: 4,
            self.begins_nothing: 3,
            self.runs_out_of_time: 1,
            self.is_cancelled: 1,
            self.is_cut_off: 1,
            self.is_cut_off_while_it_waits: 1,
            self.is_terminated: 1,
            self.falls_asleep: 1,
            **({self.forges: 4} if self.strict else {self.tries: 3}),
        }

    def draw(self) -> Callable[[Context], Awaitable[None]]:
        """Return what to do next: everything once a deck, in an order of its own."""
        if not self.deck:
            self.deck = [act for act, times in self.acts.items() for _ in range(times)]
            self.chance.shuffle(self.deck)
        return self.deck.pop()

    def context(self) -> Context:
        """Return the context of the next transaction."""
        tenant = self.chance.choice(self.tenants)
        return Context(
            tenant, f"{self.name}@{tenant}", str(UUID(int=self.chance.getrandbits(128), version=4))
        )

    async def turn(self, act: Callable[[Context], Awaitable[None]]) -> None:
        """Look around, do one thing for one tenant, and look around again."""
        name = act.__name__
        try:
            if self.session is None or self.session.ended.is_set():
                self.session = Session(self.dsn)
            await self.look(None, f"before one that {name}")
            await act(self.context())
            self.outcome.acts[name] += 1
            if not self.session.ended.is_set():
                await self.look(None, f"after one that {name}")
        except (RefusedError, LostError) as e:
            refused = any(refusal in str(e) for refusal in REFUSALS)
            (self.outcome.refusals if refused else self.outcome.errors)[f"{name}: {e}"] += 1
            if self.session:
                self.session.close()
            self.session = None

    async def look(self, expected: Context | None, when: str) -> None:
        """Compare who we are, and whose rows we see, with who we should be."""
        pid, tenant, actor, correlation_id, settings, *seen = await self.session.ask(self.look_query)
        self.outcome.looks += 1
        if expected is None:
            right = [tenant, actor, correlation_id, settings, *seen] == [None] * 7
        else:
            # A tenant's own row is among its settings, and its records are there from the beginning.
            mine = [expected.tenant, expected.actor, expected.correlation_id] + [expected.tenant] * 3
            right = [tenant, actor, correlation_id, *seen] == mine
            if self.outcome.last.get(pid) not in (None, expected.tenant):
                self.outcome.turns += 1
            self.outcome.last[pid] = expected.tenant
        if not right:
            self.outcome.leaks.append(
                f"{when}: {expected} is {tenant}, {actor}, {correlation_id}, {settings} and sees {seen}"
            )

    async def enter(self, context: Context) -> None:
        """Enter a tenant as the profile wants it."""
        if self.strict:
            signed = token(context.tenant, context.actor)
            await self.session.ask("select comply.enter_signed($1, $2)", signed, context.correlation_id)
        else:
            query = "select comply.enter($1, $2, $3)"
            await self.session.ask(query, context.tenant, context.actor, context.correlation_id)

    async def begin(self, context: Context) -> None:
        """Begin a transaction, look, enter, and look."""
        await self.session.ask("begin")
        await self.look(None, "before entering")
        await self.enter(context)
        await self.look(context, "inside")

    async def end(self, how: str) -> None:
        """Commit or roll back."""
        await self.session.ask(how)

    async def expect(self, code: str, query: str, *values: str) -> None:
        """Run a statement that has to be refused."""
        try:
            await self.session.ask(query, *values)
        except RefusedError as e:
            if e.code != code:
                raise
        else:
            raise RefusedError("?????", f"{query} was not refused")

    async def gone(self) -> None:
        """Wait until the connection has ended."""
        try:
            await asyncio.wait_for(self.session.ended.wait(), 30)
        except TimeoutError:
            raise RefusedError("?????", "the connection has not ended") from None
        self.session.close()

    async def reads(self, context: Context) -> None:
        """Read, and commit."""
        began = time.perf_counter()
        await self.begin(context)
        await self.end("commit")
        self.outcome.seconds.append(time.perf_counter() - began)

    async def writes(self, context: Context) -> None:
        """Write, and commit."""
        began = time.perf_counter()
        await self.begin(context)
        await self.session.ask(INSERT, context.tenant)
        await self.end("commit")
        self.outcome.committed[context.correlation_id] = context, self.name
        self.outcome.seconds.append(time.perf_counter() - began)

    async def rolls_back(self, context: Context) -> None:
        """Write, and think better of it."""
        await self.begin(context)
        await self.session.ask(INSERT, context.tenant)
        await self.end("rollback")

    async def goes_on_elsewhere(self, context: Context) -> None:
        """Enter a second tenant in the same transaction."""
        await self.begin(context)
        other = self.context()
        await self.enter(other)
        await self.look(other, "in the second tenant")
        await self.end("commit")

    async def goes_back(self, context: Context) -> None:
        """Enter a second tenant, and roll back to the first."""
        await self.begin(context)
        await self.session.ask("savepoint s")
        other = self.context()
        await self.enter(other)
        await self.look(other, "behind a savepoint")
        await self.session.ask("rollback to savepoint s")
        await self.look(context, "back at a savepoint")
        await self.end("commit")

    async def fails(self, context: Context) -> None:
        """Run into an error, and roll back."""
        await self.begin(context)
        await self.expect("22012", "select 1 / 0")
        await self.end("rollback")

    async def trespasses(self, context: Context) -> None:
        """Write into another tenant."""
        await self.begin(context)
        other = self.chance.choice([t for t in self.tenants if t != context.tenant])
        await self.expect("42501", INSERT, other)
        # Which rolls back.
        await self.end("commit")

    async def is_refused(self, context: Context) -> None:
        """Enter where nobody may."""
        await self.begin(context)
        if self.strict:
            forged = token(context.tenant, context.actor)[:-64] + "0" * 64
            await self.expect("PC006", "select comply.enter_signed($1)", forged)
        else:
            await self.expect("PC003", "select comply.enter($1)", "nobody")
        await self.end("rollback")

    async def tries(self, context: Context) -> None:
        """Try to enter where nobody may, which leaves no context."""
        await self.begin(context)
        answer = await self.session.ask("select comply.try_enter('nobody')")
        if answer != ["PC003"]:
            self.outcome.leaks.append(f"comply.try_enter('nobody') returned {answer}")
        await self.look(None, "after a refusal")
        await self.end("commit")

    async def forges(self, context: Context) -> None:
        """Set what a context is made of."""
        await self.begin(context)
        other = self.chance.choice([t for t in self.tenants if t != context.tenant])
        await self.session.ask("select set_config('comply.tenant_id', $1, true)", other)
        await self.look(context, "with a forged tenant")
        await self.end("commit")

    async def begins_nothing(self, context: Context) -> None:
        """Forget BEGIN: the context ends with its own statement."""
        await self.enter(context)

    async def runs_out_of_time(self, context: Context) -> None:
        """Run for longer than it may."""
        await self.begin(context)
        await self.session.ask("set local statement_timeout = '20ms'")
        await self.expect("57014", "select pg_sleep(30)")
        await self.end("rollback")

    async def is_cancelled(self, context: Context) -> None:
        """Ask for an end before the answer."""
        await self.begin(context)
        self.session.send("select pg_sleep(30)")
        answer = asyncio.ensure_future(self.session.receive())
        # A request that is there before the statement is for nothing.
        while not answer.done():
            await asyncio.to_thread(self.session.pg.get_cancel().cancel)
            await asyncio.wait([answer], timeout=0.1)
        with suppress(RefusedError):
            await answer
        code = answer.exception()
        if not isinstance(code, RefusedError) or code.code != "57014":
            raise RefusedError("?????", f"the statement was not cancelled: {code}")
        await self.end("rollback")

    async def is_cut_off(self, context: Context) -> None:
        """Die between two statements, with something written."""
        await self.begin(context)
        await self.session.ask(INSERT, context.tenant)
        self.session.cut()

    async def is_cut_off_while_it_waits(self, context: Context) -> None:
        """Die while a statement runs."""
        await self.begin(context)
        await self.session.ask(INSERT, context.tenant)
        self.session.send("select pg_sleep(0.05)")
        await asyncio.sleep(0.01)
        self.session.cut()

    async def is_terminated(self, context: Context) -> None:
        """Lose the server's process."""
        await self.begin(context)
        await self.expect("57P01", "select pg_terminate_backend(pg_backend_pid())")
        await self.gone()

    async def falls_asleep(self, context: Context) -> None:
        """Leave a transaction open for longer than it may."""
        await self.begin(context)
        await self.session.ask(INSERT, context.tenant)
        await self.session.ask("set local idle_in_transaction_session_timeout = '20ms'")
        await self.gone()


def work(
    dsn: str,
    look: str,
    tenants: list[str],
    *,
    clients: int,
    strict: bool,
    turns: int | None = None,
    seconds: float = 0,
    rate: float = 0,
) -> Outcome:
    """Let clients work through the pool, for `turns` transactions each or for some time at a rate."""
    outcome = Outcome()

    async def one(client: Client) -> None:
        begin = time.monotonic()
        due, left = begin, turns
        while left is None or left > 0:
            if rate:
                due += client.chance.expovariate(rate / clients)
            if left is None and max(due, time.monotonic()) - begin > seconds:
                break
            await asyncio.sleep(max(0, due - time.monotonic()))
            left = left if left is None else left - 1
            await client.turn(client.draw())
        if client.session:
            client.session.close()

    async def all_of_them() -> None:
        named = partial(Client, dsn=dsn, look=look, tenants=tenants, outcome=outcome, strict=strict)
        await asyncio.gather(*(one(named(f"client-{n}", seed=n)) for n in range(clients)))

    began = time.monotonic()
    asyncio.run(all_of_them())
    outcome.took = time.monotonic() - began
    return outcome


def look_query(admin: psycopg.Connection[Any]) -> str:
    """Return what a client looks at: all settings of ours, and whose rows it sees."""
    (settings,) = admin.execute(SETTINGS).fetchone()
    return LOOK.format(", ".join(f"current_setting('{name}', true)" for name in settings))


def left_behind(dsn: str, look: str, size: int) -> list[str]:
    """Return what the connections to the server have kept, each of them held open at once."""
    kept, pids = [], set()
    sessions = [psycopg.connect(dsn, prepare_threshold=None) for _ in range(size)]
    try:
        for conn in sessions:
            pid, *context = conn.execute(look).fetchone()
            (held,) = conn.execute(KEPT).fetchone()
            pids.add(pid)
            if any(context) or held:
                kept.append(f"{pid}: {context} {held}")
    finally:
        for conn in sessions:
            conn.close()
    if len(pids) != size:
        kept.append(f"{len(pids)} connections were looked at instead of {size}")
    return kept


def untrue(admin: psycopg.Connection[Any], service: str, outcome: Outcome) -> list[str]:
    """Return where the trail differs from what the clients did, and the log of reads from who read."""
    query = """
      select t.correlation_id::text, t.tenant_id, t.actor, t.user_agent
      from comply.audit_trail as t
      where t.user_id = %s
        and t.table_name = 'storage_records'
    """
    trail = {row[0]: row[1:] for row in admin.execute(query, [service])}
    told = {key: (c.tenant, c.actor, client) for key, (c, client) in outcome.committed.items()}
    wrong = [
        f"{key} is {trail.get(key)}, not {told.get(key)}"
        for key in trail.keys() | told.keys()
        if trail.get(key) != told.get(key)
    ]
    query = """
      select count(*), count(*) filter (where a.actor is distinct from a.user_agent || '@' || a.tenant_id)
      from comply.access_log as a
      where a.user_id = %s
    """
    reads, others = admin.execute(query, [service]).fetchone()
    if others or not reads:
        wrong.append(f"{others} of {reads} reads are logged for another")
    return wrong
