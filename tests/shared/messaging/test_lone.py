"""An event that comes alone is handed to the relay with the wake-up, and is lost no more than any other."""

import orjson
import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session, sessionmaker

from shared.messaging import halts, record
from shared.messaging.delivery import FEW
from shared.messaging.relay import Relay
from shared.messaging.waking import Waker
from shared.testing import until
from tests.shared.messaging.conftest import Pair
from tests.shared.messaging.pair import Said


def say(mouth: sessionmaker[Session], *numbers: int) -> None:
    for number in numbers:
        with mouth.begin() as session:
            record(session, Said(sentence="a", number=number, order=""), key="sentence:a")


def handed_over(pair: Pair) -> list[int]:
    """The numbers of the events that lie there for a relay to come."""
    return [each["seq"] for pushed in pair.wire.lrange("mouth.lone", 0, -1) for _, each in orjson.loads(pushed)]


def received(pair: Pair) -> int:
    """How many messages with events lie in the ear's queue."""
    return sum(b"ear.receive" in message for message in pair.wire.lrange("ear", 0, -1))


def test_it_is_published_without_a_look_and_written_down(pair: Pair, mouth: sessionmaker[Session], relay: Relay) -> None:
    say(mouth, 1)
    until(lambda: handed_over(pair) == [1])
    assert (pair.unsent(), pair.wire.llen("mouth.wake")) == (0, 0)
    relay._wait()
    assert received(pair) == 1
    relay.turn()
    assert received(pair) == 1
    with mouth() as session:
        assert session.execute(text("SELECT sends FROM outbox WHERE sent_at IS NOT NULL")).scalars().all() == [1]


def test_one_whose_handing_over_is_lost_is_sent_when_its_lease_has_ended(pair: Pair, mouth: sessionmaker[Session]) -> None:
    say(mouth, 1)
    until(lambda: handed_over(pair) == [1])
    pair.wire.delete("mouth.lone")
    pair.start_all()
    until(lambda: pair.heard() == [1], within=10)
    pair.settled()


def test_it_is_handed_over_though_redis_has_hung_up(pair: Pair, mouth: sessionmaker[Session]) -> None:
    say(mouth, 1)
    until(lambda: handed_over(pair) == [1])
    pair.wire.client_kill_filter(_type="normal", skipme=True)
    say(mouth, 2)
    until(lambda: handed_over(pair) == [1, 2])


def test_a_relay_that_stands_still_leaves_it_to_another(pair: Pair, mouth: sessionmaker[Session], relay: Relay) -> None:
    """Both publish it: it has its effect once."""
    say(mouth, 1)
    until(lambda: handed_over(pair) == [1])
    lone = pair.wire.lpop("mouth.lone")
    pair.start_all()
    until(lambda: pair.heard() == [1], within=10)
    relay._publisher.publish_lone(lone)  # type: ignore[arg-type]
    say(mouth, 2)
    until(lambda: pair.heard() == [1, 2])
    pair.settled()
    assert pair.states() == ["done"] * 2


def test_in_a_rush_the_relay_looks_and_makes_larger_messages(pair: Pair, mouth: sessionmaker[Session], relay: Relay) -> None:
    say(mouth, *range(1, 20))
    until(lambda: pair.wire.llen("mouth.wake") == 1)
    assert handed_over(pair) == list(range(1, FEW + 1))
    assert pair.unsent() == 19 - FEW
    relay.turn()
    assert received(pair) == 1


def test_a_rush_is_not_made_longer_by_those_that_come_in_it(
    pair: Pair, mouth: sessionmaker[Session], monkeypatch: pytest.MonkeyPatch
) -> None:
    """After a while one is tried, however many come."""
    monkeypatch.setattr(Waker, "RUSH", 3600.0)
    waker = mouth.kw["info"]["waker"]
    say(mouth, *range(1, FEW + 2))
    rests_until = waker._rests_until
    assert rests_until > 0
    say(mouth, FEW + 2)
    assert waker._rests_until == rests_until


def test_none_is_handed_over_while_its_way_is_halted(pair: Pair, mouth: sessionmaker[Session], relay: Relay) -> None:
    with mouth.begin() as session:
        assert halts.halt(session, "ear", actor="drift", reason="Prov")
    say(mouth, 1)
    until(lambda: pair.wire.llen("mouth.wake") == 1)
    relay.turn()
    assert (handed_over(pair), received(pair)) == ([], 0)


@pytest.mark.parametrize("savepoint", [False, True])
def test_what_is_undone_is_never_told(pair: Pair, mouth: sessionmaker[Session], *, savepoint: bool) -> None:
    with mouth() as session:
        part = session.begin_nested() if savepoint else session
        record(session, Said(sentence="a", number=1, order=""), key="sentence:a")
        part.rollback()
        session.commit()
    say(mouth, 2)
    until(lambda: handed_over(pair))
    [pushed] = pair.wire.lrange("mouth.lone", 0, -1)
    [[_, told]] = orjson.loads(pushed)
    assert told["data"]["number"] == 2


def test_redis_keeps_no_more_than_a_hundred_for_a_relay_that_is_down(pair: Pair, mouth: sessionmaker[Session]) -> None:
    with mouth.begin() as session:
        session.execute(text("TRUNCATE outbox"))
    for number in range(105):
        say(mouth, number)
        with mouth.begin() as session:
            session.execute(text("UPDATE outbox SET acked_at = now()"))
    until(lambda: handed_over(pair)[-1:] == [105])
    assert handed_over(pair) == list(range(6, 106))


def test_what_nobody_understands_there_does_not_stop_the_relay(pair: Pair, mouth: sessionmaker[Session]) -> None:
    pair.wire.rpush("mouth.lone", "not JSON", "[1]")
    pair.start_all()
    say(mouth, 1)
    until(lambda: pair.heard() == [1])
    pair.settled()


def test_a_list_of_a_wrong_type_is_taken_away(pair: Pair, mouth: sessionmaker[Session]) -> None:
    pair.wire.set("mouth.lone", "no list")
    pair.start_all()
    say(mouth, 1)
    until(lambda: pair.heard() == [1])
    until(lambda: pair.wire.type("mouth.lone") != b"string")
