"""Whatever the wire does with an event (twice, late, in any order, not at all until sent again): the same final state.

Hypothesis plays the wire, the dying workers and the failing handlers; threads play many workers at once.
"""

from collections import deque
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from random import Random
from threading import Barrier

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.orm import Session, sessionmaker

from shared.database import make_engine, make_sessions
from shared.messaging import halts
from shared.messaging.envelope import Envelope
from shared.messaging.inbox import Inbox
from shared.service import Service
from shared.testing import Databases
from tests.shared.messaging.deliveries import envelope, heard, make_inbox, time_passes
from tests.shared.messaging.pair import SERVICES, Said, write_down

KEYS = {"a": 6, "b": 4, "c": 1}
"""Events per key."""
EVENTS = [(key, seq) for key, last in KEYS.items() for seq in range(1, last + 1)]


@pytest.fixture
def service(pair_databases: Databases) -> Service:
    return SERVICES["ear"]


class Death(BaseException):
    """Nobody catches it, as nobody catches SIGKILL."""


class Weather:
    """A handler that fails or dies when Hypothesis says so, after having had its effects."""

    def __init__(self, fates: list[str]) -> None:
        self.fates = deque(fates)

    def __call__(self, session: Session, event: Said) -> None:
        write_down(session, event)
        session.flush()
        fate = self.fates.popleft() if self.fates else "well"
        if fate == "fail":
            raise RuntimeError("bad weather")
        if fate == "die":
            raise Death


def effects(sessions: sessionmaker[Session]) -> dict[str, list[int]]:
    return {key: heard(sessions, key) for key in KEYS}


@given(
    deliveries=st.lists(
        st.tuples(
            st.lists(st.sampled_from(EVENTS), min_size=1, max_size=8),
            st.booleans(),
            st.integers(1, 3),
            st.sampled_from([0, 0, 0, 1]),
        ),
        max_size=25,
    ),
    fates=st.lists(st.sampled_from(["well", "well", "fail", "die"]), max_size=12),
)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_deliveries_and_any_weather_end_the_same(
    service: Service, pair_databases: Databases, deliveries: list[tuple[list[tuple[str, int]], bool, int, int]], fates: list[str]
) -> None:
    with pair_databases.rolled_back(service) as sessions:
        inbox = make_inbox(sessions, Weather(fates))
        for events, redelivered, sends, halted in deliveries:
            if redelivered:
                time_passes(sessions)
            stop_or_start(sessions, halted=bool(halted))
            before = effects(sessions)
            deliver(inbox, [envelope(seq, key, sends=sends) for key, seq in events], redelivered=redelivered)
            for key, done in effects(sessions).items():
                assert done == list(range(1, len(done) + 1)), f"{key} is out of order or doubled"
            assert not halted or effects(sessions) == before
        stop_or_start(sessions, halted=False)
        heal(inbox, sessions)
        assert effects(sessions) == {key: list(range(1, last + 1)) for key, last in KEYS.items()}
        with sessions() as session:
            assert session.execute(text("SELECT count(*), count(*) FILTER (WHERE state = 'done') FROM inbox")).one() == (11, 11)
            assert not session.execute(text("SELECT count(*) FROM inbox_key WHERE held")).scalar_one()


def stop_or_start(sessions: sessionmaker[Session], *, halted: bool) -> None:
    with sessions.begin() as session:
        if halted:
            halts.halt(session, halts.INBOX, actor="drift", reason="Prov")
        else:
            halts.resume(session, halts.INBOX)


def deliver(inbox: Inbox, arrived: list[Envelope], *, redelivered: bool) -> None:
    with suppress(Death):
        inbox.receive(arrived, redelivered=redelivered)


def heal(inbox: Inbox, sessions: sessionmaker[Session]) -> None:
    """Fine weather: the producer sends again what is missing, the relay asks for what has failed, a person for the dead."""
    weather = inbox.handlers[Said][0]
    assert isinstance(weather, Weather)
    weather.fates.clear()
    time_passes(sessions)
    deliver(inbox, [envelope(seq, key, sends=4) for key, seq in EVENTS], redelivered=False)
    with sessions.begin() as session:
        session.execute(text("UPDATE inbox SET state = 'failed', deaths = 0, next_at = now() WHERE state = 'dead'"))
        kept = session.execute(
            text("SELECT source, stream, key, key_seq FROM inbox WHERE state <> 'done' ORDER BY key_seq")
        ).all()
    for row in kept:
        inbox.retry(row.source, row.stream, row.key, row.key_seq)


@pytest.fixture
def ear(committing: sessionmaker[Session]) -> sessionmaker[Session]:
    return committing


@pytest.mark.parametrize("seed", range(4))
def test_workers_that_get_the_same_and_neighbouring_events_at_once(ear: sessionmaker[Session], seed: int) -> None:
    random = Random(seed)
    inbox = make_inbox(ear)
    workers = 6
    together = Barrier(workers)

    def work(number: int) -> None:
        own = Random(f"{seed}{number}")
        for _ in range(8):
            together.wait(timeout=60)
            inbox.receive([envelope(seq, key, sends=own.choice([1, 1, 2])) for key, seq in own.sample(EVENTS, 7)])

    with ThreadPoolExecutor(workers) as pool:
        list(pool.map(work, range(workers)))
    time_passes(ear)
    inbox.receive([envelope(seq, key) for key, seq in random.sample(EVENTS, len(EVENTS))])
    assert effects(ear) == {key: list(range(1, last + 1)) for key, last in KEYS.items()}


def test_a_key_that_somebody_holds_does_not_keep_the_others_waiting(
    ear: sessionmaker[Session], service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As a frozen worker does, until the database ends its session."""
    monkeypatch.setattr("shared.database._TIMEOUTS", "-c lock_timeout=100ms")
    engine = make_engine(ear.kw["bind"].url.render_as_string(hide_password=False), application_name="impatient")
    inbox = make_inbox(make_sessions(engine, "ear"))
    inbox.receive([envelope(1)])
    with ear() as frozen:
        frozen.execute(text("SELECT 1 FROM inbox_key FOR UPDATE"))
        safe = inbox.receive([envelope(2), envelope(1, "b"), envelope(1, "c")])
        assert {each.key for each in safe} == {"b", "c"}
        assert effects(ear) == {"a": [1], "b": [1], "c": [1]}
    engine.dispose()
