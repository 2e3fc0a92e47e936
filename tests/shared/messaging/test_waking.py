"""In a rush a process wakes the relay once a while, and the relay looks again when that while is over."""

import pytest
from sqlalchemy.orm import Session, sessionmaker

from shared.messaging import relay as relays
from shared.messaging import wake_after_commit
from shared.messaging.relay import Relay
from shared.testing import until
from tests.shared.messaging.conftest import Pair


def wake(mouth: sessionmaker[Session]) -> None:
    with mouth.begin() as session:
        session.connection()
        wake_after_commit(session)


def test_who_commits_right_after_another_does_not_wake_it_again(
    pair: Pair, mouth: sessionmaker[Session], monkeypatch: pytest.MonkeyPatch
) -> None:
    pair.wire.config_resetstat()
    for gap in (0, 3600, 0):
        monkeypatch.setattr("shared.messaging.waking.GAP", gap)
        pair.wire.delete("mouth.wake")
        wake(mouth)
    until(lambda: pair.wire.llen("mouth.wake"))
    assert pair.wire.info("commandstats")["cmdstat_lpush"]["calls"] == 2


def test_a_relay_that_was_woken_looks_again_by_itself(
    pair: Pair, mouth: sessionmaker[Session], relay: Relay, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Otherwise it would wait for longer than Redis may be silent."""
    monkeypatch.setattr(relays, "POLL", 3600)
    wake(mouth)
    relay._rest(0.0)
    relay._rest(0.0)
    wake(mouth)
    relay._rest(0.0)
