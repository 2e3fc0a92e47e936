"""The whole loop with real processes: record, relay, worker, effect, acknowledgement; and what may go wrong in a handler."""

from datetime import timedelta

from sqlalchemy import text

from shared.clock import now
from shared.events import SUBSCRIPTIONS, Event
from shared.messaging import cancel_due, halts, record, schedule
from shared.testing import until
from tests.shared.messaging.conftest import Pair
from tests.shared.messaging.pair import Echoed, Rang


def test_what_is_recorded_has_its_effect_once_and_is_acknowledged(running: Pair) -> None:
    running.say(1, 2, 3)
    until(lambda: running.heard() == [1, 2, 3])
    running.settled()
    assert running.states() == ["done"] * 3


def test_what_is_rolled_back_was_never_said(running: Pair) -> None:
    with running.mouth() as session:
        record(session, Echoed(sentence="unsaid", number=1), key="unsaid")
        session.rollback()
    with running.mouth() as session:
        assert session.execute(text("SELECT count(*) FROM outbox WHERE key = 'unsaid'")).scalar_one() == 0


def test_both_say_and_hear(running: Pair) -> None:
    with running.ear.begin() as session:
        record(session, Echoed(sentence="echo", number=7), key="echo")

    def echoes() -> int:
        with running.mouth() as session:
            return int(session.execute(text("SELECT count(*) FROM echo WHERE number = 7")).scalar_one())

    until(echoes)
    assert echoes() == 1


def test_one_that_fails_is_retried_in_its_place_and_holds_up_nobody_else(running: Pair) -> None:
    running.cause("fail")
    running.say(1, sentence="hard")
    running.say(2, sentence="hard", order="fail")
    running.say(3, sentence="hard")
    running.say(1, 2, sentence="easy")
    until(lambda: running.heard("easy") == [1, 2])
    until(lambda: running.states("hard") == ["done", "failed", "waiting"])
    assert running.heard("hard") == [1]
    running.settled()

    running.end("fail")
    until(lambda: running.heard("hard") == [1, 2, 3], within=20)
    assert running.states("hard") == ["done"] * 3


def test_a_halted_inbox_keeps_and_acknowledges_and_goes_on_in_order(running: Pair) -> None:
    with running.ear.begin() as session:
        assert halts.halt(session, halts.INBOX, actor="drift", reason="Prov")
    sentences = [f"line {n}" for n in range(60)]
    for sentence in sentences:
        running.say(1, 2, sentence=sentence)
    running.settled()  # acknowledged, so safe in the ear's database
    assert {state for sentence in sentences for state in running.states(sentence)} == {"waiting"}
    assert not any(running.heard(sentence) for sentence in sentences)

    with running.ear.begin() as session:
        assert halts.resume(session, halts.INBOX)
    until(lambda: all(running.heard(sentence) == [1, 2] for sentence in sentences), within=20)
    assert {state for sentence in sentences for state in running.states(sentence)} == {"done"}


def test_what_is_due_happens_once_and_what_is_called_off_does_not(running: Pair) -> None:
    soon = now() + timedelta(seconds=0.5)
    with running.ear.begin() as session:
        for number in range(5):
            schedule(session, Rang(sentence="bell", number=number), key=f"bell:{number}", at=soon)
        schedule(session, Rang(sentence="bell", number=9), key="bell:1", at=soon + timedelta(seconds=0.5))
        cancel_due(session, "bell:2")
        late = soon - timedelta(hours=2)
        schedule(session, Rang(sentence="bell", number=8), key="bell:8", at=late, useful_until=late + timedelta(hours=1))
    until(lambda: len(running.heard("bell")) >= 4)
    assert sorted(running.heard("bell")) == [0, 3, 4, 9]  # each has a key of its own: there is no order between them
    with running.ear() as session:
        rows = session.execute(text("SELECT key, state FROM due ORDER BY key")).all()
    assert [row.state for row in rows] == ["fired", "fired", "cancelled", "fired", "fired", "missed"]


def test_what_has_fired_does_not_fire_again_for_the_same_time(running: Pair) -> None:
    at = now() - timedelta(seconds=1)
    for _ in range(2):
        with running.ear.begin() as session:
            schedule(session, Rang(sentence="gong", number=1), key="gong", at=at)
        until(lambda: running.heard("gong"))
    with running.ear.begin() as session:
        schedule(session, Rang(sentence="gong", number=2), key="gong", at=now())
    until(lambda: running.heard("gong") == [1, 2])


def test_an_event_without_code_is_kept_and_the_others_flow(running: Pair) -> None:
    class Unheard(Event, name="test.unheard"):
        """The ear was deployed before this was thought of."""

        word: str

    SUBSCRIPTIONS[Unheard] = ("ear",)
    with running.mouth.begin() as session:
        record(session, Unheard(word="news"), key="sentence:new")
    running.say(1, sentence="old")
    until(lambda: running.heard("old") == [1])
    until(lambda: running.states("new") == ["failed"])
    running.settled()


def test_one_that_kills_its_process_is_parked_after_three_and_the_others_flow(running: Pair) -> None:
    running.cause("die")
    running.say(1, sentence="poison", order="die")
    running.say(2, sentence="poison")
    running.say(1, 2, 3, sentence="water")
    until(lambda: running.heard("water") == [1, 2, 3], within=30)
    until(lambda: running.states("poison") == ["dead", "waiting"], within=40)
    running.settled()
    with running.ear() as session:
        assert session.execute(text("SELECT attempts FROM inbox WHERE state = 'dead'")).scalar_one() <= 4
    running.end("die")


def test_what_is_no_message_is_put_aside_and_those_behind_it_flow(running: Pair) -> None:
    running.wire.lpush("ear", "not JSON", "[]", '{"body": 3}', b"\xff\xfe", "x" * 1_000_001, "{}")
    running.say(1, 2, sentence="clear")
    until(lambda: running.heard("clear") == [1, 2])

    def put_aside() -> list[str]:
        with running.ear() as session:
            return list(session.execute(text("SELECT reason FROM aside ORDER BY size")).scalars())

    until(lambda: len(put_aside()) == 6, within=15)
    assert set(put_aside()) == {"not JSON", "not a Celery message", "larger than 1000000 bytes"}
