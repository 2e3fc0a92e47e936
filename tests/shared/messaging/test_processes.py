"""Relay and worker as processes: they stop when told to, finish what is at hand, and are light."""

import signal
import subprocess
import sys
import time
from collections.abc import Sequence

import pytest
from sqlalchemy import text

from shared.messaging.relay import BACKLOG, Relay
from shared.testing import until
from tests.shared.messaging.conftest import Pair, Process


def stop(process: Process) -> int:
    """The exit code."""
    assert process.process is not None
    process.process.send_signal(signal.SIGTERM)
    return process.process.wait(30)


@pytest.mark.parametrize("command", ["relay", "worker"])
def test_an_idle_process_stops_when_told(pair: Pair, command: str) -> None:
    assert stop(pair.start("ear", command)) == 0


def test_a_worker_that_is_told_to_stop_finishes_what_is_at_hand(pair: Pair) -> None:
    pair.start("mouth", "relay")
    worker = pair.start("ear", "worker")
    pair.cause("wait 2")
    pair.say(1, order="wait 2")
    until(pair.is_hearing)
    assert stop(worker) == 0
    assert pair.heard() == [1]
    assert pair.wire.llen("mouth") == 1, "and acknowledges it"


def test_a_relay_that_stops_says_goodbye(pair: Pair) -> None:
    relay = pair.start("mouth", "relay")
    stop(relay)
    assert pair.seen("mouth", "relay") == 0


def test_processes_wait_for_redis_and_for_the_database(pair: Pair) -> None:
    """Started before what they need, as containers are."""
    pair.redis.stop()
    relay = pair.start("mouth", "relay")
    worker = pair.start("ear", "worker", ready=lambda: True)
    pair.say(1)
    pair.redis.start()
    until(lambda: pair.heard() == [1], within=20)
    assert relay.process is not None
    assert worker.process is not None
    assert (relay.process.poll(), worker.process.poll()) == (None, None)


def test_what_a_killed_worker_had_in_hand_the_next_one_takes_at_once(pair: Pair) -> None:
    """Not only after the minute of the visibility timeout, also when there is no relay that would send it again."""
    relay = pair.start("mouth", "relay")
    worker = pair.start("ear", "worker")
    pair.cause("wait 60")
    pair.say(1, order="wait 60")
    until(pair.is_hearing)
    stop(relay)
    worker.kill()
    pair.end("wait 60")
    pair.start("ear", "worker")
    until(lambda: pair.heard() == [1], within=30)


def test_neither_loads_the_web() -> None:
    """A worker or relay is there in a second, and small."""
    code = (
        "import sys, shared.messaging.worker, shared.messaging.relay, shared.commands, shared.staff;"
        "print([name for name in ('fastapi', 'starlette', 'uvicorn', 'jinja2', 'alembic', 'babel') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_a_relay_with_nothing_to_do_asks_its_database_little(pair: Pair) -> None:
    """At most four statements a poll, of which one is the look."""
    pair.start("mouth", "relay")

    def statements() -> int:
        with pair.mouth() as session:
            return int(session.execute(text("SELECT xact_commit FROM pg_stat_database WHERE datname = 'mouth'")).scalar_one())

    time_passed, before = time.monotonic(), statements()
    until(lambda: time.monotonic() - time_passed > 4, within=10)
    polls = 4 / 0.25
    assert statements() - before < 4 * polls


def sent_again(pair: Pair, relay: Relay, *, age: float, mouth: int = 0, ear: int = 0, in_hand: Sequence[str] = ()) -> bool:
    """Whether what was sent so many seconds ago is, with so many messages in the queues and something in these hands."""
    with pair.mouth.begin() as session:
        sent = text("UPDATE outbox SET sent_at = now() - interval '1 second' * :age, next_at = now() + interval '1 minute'")
        session.execute(sent, {"age": age})
    pair.wire.flushall()
    pair.wire.set("mouth.epoch", "known")
    for queue, waiting in (("mouth", mouth), ("ear", ear)):
        if waiting:
            pair.wire.lpush(queue, *["a message"] * waiting)
    for service in in_hand:
        pair.wire.hset(f"{service}.unacked", "tag", "a message")
    relay._next.clear()
    relay._probe()
    return pair.unsent() > 0


def test_what_is_surely_lost_is_sent_again_soon(pair: Pair, relay: Relay) -> None:
    """And what may be on its way, or in somebody's hands, later."""
    pair.say(1)
    assert sent_again(pair, relay, age=2)
    assert not sent_again(pair, relay, age=0)
    for service in ("mouth", "ear"):
        assert not sent_again(pair, relay, age=2, in_hand=[service])
    assert not sent_again(pair, relay, age=2, mouth=1)
    assert sent_again(pair, relay, age=5, mouth=1, in_hand=["mouth", "ear"])
    assert not sent_again(pair, relay, age=5, ear=1)


def test_nothing_is_sent_again_while_acknowledgements_may_wait_to_be_read(pair: Pair, relay: Relay) -> None:
    """A service whose own worker is down would else add one to its own queue every few seconds."""
    pair.say(1)
    assert not sent_again(pair, relay, age=5, mouth=BACKLOG)
    assert sent_again(pair, relay, age=5, mouth=BACKLOG - 1)
