"""What it costs to tell another service what happened: against bare Celery tasks, and against the plain way.

The plain way is `send_task` after the commit and a task with one insert: it loses and doubles, which ours never does.
"""

import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from typing import Any

import psycopg
from celery import Celery
from redis import Redis as RedisClient
from sqlalchemy import text
from sqlalchemy.orm import Session, sessionmaker

from deploy.bench.floors import tasks
from deploy.bench.ground import Ground, wait_until
from deploy.bench.measure import Measured, Meter, interleaved
from deploy.bench.pair import Happened
from deploy.bench.report import Result
from shared.database import make_engine, make_sessions, new_id
from shared.messaging import record
from shared.messaging.waking import Waker

EVENTS = 1500
SINGLE = 200
RECORDED = 1000
_INSERT = text("INSERT INTO thing (name) VALUES ('thing')")


@dataclass
class Wires:
    """The running pair, the running bare worker, and how to reach both."""

    ground: Ground
    sessions: sessionmaker[Session]
    app: Celery
    ours: dict[str, int]
    plain: dict[str, int]
    sayer: psycopg.Connection[Any]
    hearer: psycopg.Connection[Any]
    bare: psycopg.Connection[Any]
    redis: RedisClient

    def say(self, count: int) -> None:
        """`count` events, each in a transaction of its own with one insert."""
        for _ in range(count):
            with self.sessions.begin() as session:
                session.execute(_INSERT)
                _record(session)

    def send(self, task: str, count: int) -> None:
        """`count` tasks the plain way, each after a transaction with one insert."""
        for _ in range(count):
            with self.sessions.begin() as session:
                session.execute(_INSERT)
            self.app.send_task(task, queue=tasks.QUEUE)

    def acknowledged(self) -> bool:
        return self.sayer.execute("SELECT NOT EXISTS (SELECT 1 FROM outbox WHERE acked_at IS NULL)").fetchone() == (True,)

    def drained(self) -> bool:
        return not self.redis.llen(tasks.QUEUE) and not self.redis.hlen(f"{tasks.QUEUE}.unacked")


def measure(ground: Ground, repeats: int) -> Iterator[Result]:
    """The four messaging figures."""
    with ExitStack() as stack:
        wires = _start(ground, stack)
        events = interleaved(
            lambda: _rate(wires.say, wires.acknowledged),
            lambda: _rate(partial(wires.send, "bare.nothing"), wires.drained),
            repeats,
        )
        yield Result.of("events a second, commit to handled and acknowledged", events, "/s", 0.6)

        loop = interleaved(lambda: _loop_cpu(wires, ours=True), lambda: _loop_cpu(wires, ours=False), repeats)
        yield Result.of("CPU an event, the whole loop", loop, "µs", 0.75, "lower")

        cost = interleaved(lambda: _recording(wires), lambda: _sending(wires), repeats)
        yield Result.of("recording an event in the request's transaction", cost, "µs", 0.30, "lower")

        late = interleaved(lambda: _latency(wires, ours=True), lambda: _latency(wires, ours=False), repeats)
        yield Result.of("commit to effect, median", late, "ms", 2.0, "lower")


def _start(ground: Ground, stack: ExitStack) -> Wires:
    sayer, hearer, bare = (
        stack.enter_context(psycopg.connect(ground.postgres.url(name), autocommit=True)) for name in ("sayer", "hearer", "bare")
    )
    for name in ("sayer", "hearer"):
        command = [sys.executable, "-m", "deploy.bench.pair", name, "migrate"]
        subprocess.run(command, env=ground.environment(name), check=True, timeout=120)
    hearer.execute("CREATE TABLE effect (id bigserial PRIMARY KEY, at double precision)")
    bare.execute("CREATE TABLE effect (id bigserial PRIMARY KEY, at double precision)")
    sayer.execute("CREATE TABLE thing (id bigserial PRIMARY KEY, name text)")
    ours = {
        f"{name} {role}": stack.enter_context(ground.process("deploy.bench.pair", name, role, database=name))
        for name in ("sayer", "hearer")
        for role in ("relay", "worker")
    }
    plain = stack.enter_context(ground.process("deploy.bench.floors.tasks"))
    app = tasks.make_app_on(ground.redis.url)
    engine = make_engine(ground.postgres.url("sayer"), application_name="bench")
    wires = Wires(
        ground=ground,
        sessions=make_sessions(engine, "sayer", waker=Waker(ground.redis.url)),
        app=app,
        ours=ours | ground.servers,
        plain={"worker": plain, **ground.servers},
        sayer=sayer,
        hearer=hearer,
        bare=bare,
        redis=RedisClient.from_url(ground.redis.url),
    )
    wires.say(20)
    wires.send("bare.insert", 20)
    wait_until(wires.acknowledged)
    wait_until(lambda: bare.execute("SELECT count(*) FROM effect").fetchone() == (20,))
    return wires


def _rate(do: Callable[[int], None], done: Callable[[], bool]) -> Measured:
    started = time.perf_counter()
    do(EVENTS)
    wait_until(done)
    return Measured(EVENTS / (time.perf_counter() - started))


def _loop_cpu(wires: Wires, *, ours: bool) -> Measured:
    """Microseconds of CPU an event, in the process that says it, in Redis and PostgreSQL, relay and workers."""
    meter, mine = Meter(wires.ours if ours else wires.plain), time.process_time()
    if ours:
        wires.say(EVENTS)
        wait_until(wires.acknowledged, every=0.05)
    else:
        wires.send("bare.insert", EVENTS)
        wait_until(wires.drained, every=0.05)
    cpu = {"saying": 1e6 * (time.process_time() - mine) / EVENTS, **meter.per_unit(EVENTS)}
    return Measured(sum(cpu.values()), cpu)


def _transactions(wires: Wires, more: Callable[[Session], None] | None) -> Measured:
    """Microseconds of this process's CPU that a transaction with one insert takes, and `more` within it."""
    started = time.process_time()
    for _ in range(RECORDED):
        with wires.sessions.begin() as session:
            session.execute(_INSERT)
            if more is not None:
                more(session)
    spent = time.process_time() - started
    wait_until(lambda: wires.acknowledged() and wires.drained())
    return Measured(1e6 * spent / RECORDED)


def _recording(wires: Wires) -> Measured:
    """What `record` adds to a transaction, waking the relay included."""
    bare = _transactions(wires, None).value
    return Measured(_transactions(wires, _record).value - bare)


def _sending(wires: Wires) -> Measured:
    """What `send_task` adds to a transaction."""

    def send(_session: Session) -> None:
        wires.app.send_task("bare.nothing", queue=tasks.QUEUE)

    bare = _transactions(wires, None).value
    return Measured(_transactions(wires, send).value - bare)


def _record(session: Session) -> None:
    thing = new_id()
    record(session, Happened(thing_id=thing), key=f"thing:{thing}")


def _latency(wires: Wires, *, ours: bool) -> Measured:
    """Median milliseconds from after the commit to the effect, one event at a time."""
    connection = wires.hearer if ours else wires.bare
    connection.execute("TRUNCATE effect")
    late = []
    for number in range(1, SINGLE + 1):
        if ours:
            wires.say(1)
            committed = time.time()
        else:
            with wires.sessions.begin() as session:
                session.execute(_INSERT)
            committed = time.time()
            wires.app.send_task("bare.insert", queue=tasks.QUEUE)
        wait_until(lambda n=number: connection.execute("SELECT count(*) FROM effect").fetchone() == (n,))  # type: ignore[misc]
        [at] = connection.execute("SELECT at FROM effect ORDER BY id DESC LIMIT 1").fetchone() or (0.0,)
        late.append(at - committed)
    return Measured(1000 * statistics.median(late))
