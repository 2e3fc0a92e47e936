"""Receiving: one effect each, in order per key; failures are found, kept, and in nobody's way."""

from contextlib import suppress

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session, sessionmaker

from shared.messaging.failures import PAUSES
from shared.messaging.inbox import Inbox
from shared.service import Service
from shared.testing import Databases
from tests.shared.messaging.conftest import Pair
from tests.shared.messaging.deliveries import Stubborn, envelope, envelopes, heard, make_inbox, numbers, states, time_passes
from tests.shared.messaging.pair import SERVICES, Hummed, Rang, Said, write_down


@pytest.fixture
def service(pair_databases: Databases) -> Service:
    return SERVICES["ear"]


class Death(BaseException):
    """Nobody catches it, as nobody catches SIGKILL."""


def die() -> None:
    raise Death


def kept(sessions: sessionmaker[Session], state: str = "") -> dict[str, object]:
    """The only event that is not done, or is in a state."""
    query = text("SELECT *, next_at - now() AS pause FROM inbox WHERE state <> 'done' AND :state IN ('', state)")
    with sessions() as session:
        return dict(session.execute(query, {"state": state}).one()._mapping)


def test_a_batch_of_several_keys_is_one_transaction(sessions: sessionmaker[Session]) -> None:
    transactions = set()

    def note(session: Session, _event: object) -> None:
        transactions.add(session.execute(text("SELECT txid_current()")).scalar_one())

    make_inbox(sessions, note).receive([*envelopes(1, 2), *envelopes(1, 2, key="b")])
    assert len(transactions) == 1


def test_a_delivery_that_comes_again_has_no_second_effect(sessions: sessionmaker[Session]) -> None:
    inbox = make_inbox(sessions)
    for _ in range(3):
        assert numbers(inbox.receive(envelopes(1, 2))) == [1, 2]
    assert heard(sessions) == [1, 2]


def test_one_ahead_of_its_turn_is_kept_and_follows_what_was_missing(sessions: sessionmaker[Session]) -> None:
    inbox = make_inbox(sessions)
    assert numbers(inbox.receive(envelopes(3, 2))) == [3, 2]
    assert (heard(sessions), states(sessions)) == ([], ["waiting", "waiting"])
    inbox.receive(envelopes(1))
    assert (heard(sessions), states(sessions)) == ([1, 2, 3], ["done"] * 3)


def test_one_that_fails_is_kept_with_its_error_and_holds_up_its_own_key_only(sessions: sessionmaker[Session]) -> None:
    stubborn = Stubborn(2)
    inbox = make_inbox(sessions, stubborn)
    arrived = [*envelopes(1, 2, 3), *envelopes(1, key="b")]
    assert len(inbox.receive(arrived)) == 4
    assert (heard(sessions), heard(sessions, "b")) == ([1], [1])
    assert states(sessions) == ["done", "failed", "waiting"]
    with sessions() as session:
        row = session.execute(text("SELECT * FROM inbox WHERE state = 'failed'")).one()
    assert (row.attempts, row.error) == (1, "RuntimeError: not 2")
    assert 'File "tests/shared/messaging/deliveries.py", line' in row.traceback

    stubborn.numbers.clear()
    inbox.receive(envelopes(2, 3))
    assert heard(sessions) == [1], "a delivery is no retry: the pause counts"
    inbox.retry("mouth", envelope(2).stream, "a", 2)
    assert (heard(sessions), states(sessions)) == ([1, 2, 3], ["done"] * 3)


def test_the_pauses_grow_and_at_last_it_is_dead(sessions: sessionmaker[Session]) -> None:
    inbox = make_inbox(sessions, Stubborn(1))
    inbox.receive(envelopes(1))
    for attempt, pause in enumerate(PAUSES, start=1):
        row = kept(sessions)
        assert (row["state"], row["attempts"], row["deaths"]) == ("failed", attempt, 0)
        assert 0.75 * pause < row["pause"] < 1.25 * pause  # type: ignore[operator]
        time_passes(sessions)
        inbox.retry("mouth", envelope(1).stream, "a", 1)
    assert kept(sessions)["state"] == "dead"
    inbox.retry("mouth", envelope(1).stream, "a", 1)
    assert kept(sessions)["attempts"] == len(PAUSES) + 1, "nobody tries a dead one but a person"


def test_handlers_of_one_event_share_their_fate(sessions: sessionmaker[Session]) -> None:
    Inbox("ear", sessions, {Said: [write_down, Stubborn(1)]}).receive(envelopes(1))
    assert (heard(sessions), states(sessions)) == ([], ["failed"])


def test_what_is_refused_at_the_commit_fails_like_any_other(pair: Pair) -> None:
    """By a constraint that PostgreSQL looks at last: the event's effect and its place are undone, and nobody else's."""

    def write_the_second_twice(session: Session, event: Said) -> None:
        write_down(session, event)
        session.execute(text("CREATE TEMP TABLE IF NOT EXISTS once (n int UNIQUE DEFERRABLE INITIALLY DEFERRED) ON COMMIT DROP"))
        for _ in range(event.number if event.number < 3 else 1):
            session.execute(text("INSERT INTO once VALUES (:n)"), {"n": event.number})

    sessions = pair.ear  # they really commit
    inbox = make_inbox(sessions, write_the_second_twice)
    assert len(inbox.receive([*envelopes(1, 2, 3), *envelopes(1, key="b")])) == 4
    assert (heard(sessions), heard(sessions, "b")) == ([1], [1])
    assert (states(sessions), states(sessions, "b")) == (["done", "failed", "waiting"], ["done"])
    assert str(kept(sessions, "failed")["error"]).startswith("UniqueViolation")


def test_an_unknown_event_is_kept_until_there_is_code_for_it(sessions: sessionmaker[Session]) -> None:
    inbox = make_inbox(sessions)
    unheard_of = envelope(1, name="test.from_the_future")
    assert inbox.receive([unheard_of]) == [unheard_of]
    for _ in range(2 * len(PAUSES)):
        inbox.retry("mouth", unheard_of.stream, "a", 1)
    assert (kept(sessions)["state"], kept(sessions)["error"]) == (
        "failed",
        "UnknownEvent: ear has no handler for test.from_the_future",
    )
    assert kept(sessions)["pause"] <= 1.2 * PAUSES[4]  # type: ignore[operator]


def test_what_may_be_passed_is_passed_and_retried_out_of_its_turn(sessions: sessionmaker[Session]) -> None:
    inbox = make_inbox(sessions)
    with sessions.begin() as session:
        session.execute(text("INSERT INTO trouble VALUES ('fail')"))
    inbox.receive([envelope(1, name=Hummed.name, order="fail"), envelope(2, name=Hummed.name)])
    assert (heard(sessions), states(sessions)) == ([2], ["failed", "done"])
    inbox.retry("mouth", envelope(1).stream, "a", 1)
    assert (heard(sessions), kept(sessions)["attempts"]) == ([2], 2)

    with sessions.begin() as session:
        session.execute(text("DELETE FROM trouble"))
    inbox.receive(envelopes(1))
    assert heard(sessions) == [2]
    inbox.retry("mouth", envelope(1).stream, "a", 1)
    inbox.retry("mouth", envelope(1).stream, "a", 1)
    assert (heard(sessions), states(sessions)) == ([2, 1], ["done", "done"])


def test_an_error_is_told_without_the_values_in_it(sessions: sessionmaker[Session]) -> None:
    inbox = make_inbox(sessions)
    wrong = envelope(1).model_copy(update={"data": {"sentence": "Åsa Lind", "number": "åtta"}})
    inbox.receive([wrong])
    assert kept(sessions)["error"] == "ValidationError: number: int_parsing"
    assert "Åsa" not in str(kept(sessions)["traceback"])


def test_a_resent_one_is_in_the_books_before_it_is_handled(sessions: sessionmaker[Session]) -> None:
    """It may be what ended the process that had it before: else it could do so for ever, unseen."""
    seen = []

    def look(session: Session, _event: object) -> None:
        seen.append(session.execute(text("SELECT state, attempts, deaths FROM inbox")).one())

    make_inbox(sessions, look).receive([envelope(1, sends=2)])
    make_inbox(sessions, look).receive([envelope(1, "b", sends=2)], redelivered=True)
    assert seen[0] == ("begun", 1, 1)
    assert states(sessions) == ["done"]


def test_after_three_deaths_it_is_parked_untried(sessions: sessionmaker[Session]) -> None:
    stubborn = Stubborn(1, does=die)
    inbox = make_inbox(sessions, stubborn)
    arrived = [envelope(1)]
    for _ in range(6):
        time_passes(sessions)
        with suppress(Death):
            inbox.receive(arrived, redelivered=bool(stubborn.attempts))
    assert stubborn.attempts == [1] * 3
    assert (kept(sessions)["state"], str(kept(sessions)["error"])[:15]) == ("dead", "KilledItsWorker")


def test_the_innocent_in_a_deadly_batch_are_not_charged(sessions: sessionmaker[Session]) -> None:
    stubborn = Stubborn(3, does=die)
    inbox = make_inbox(sessions, stubborn)
    batch = [envelope(1, key) for key in "abcd"]
    batch[2] = batch[2].model_copy(update={"data": {"sentence": "c", "number": 3}})
    for _ in range(8):
        time_passes(sessions)
        with suppress(Death):
            inbox.receive(batch, redelivered=bool(stubborn.attempts))
    assert [heard(sessions, key) for key in "abcd"] == [[1], [1], [], [1]]
    with sessions() as session:
        assert session.execute(text("SELECT key, state FROM inbox ORDER BY key")).all() == [
            ("a", "done"), ("b", "done"), ("c", "dead"), ("d", "done")
        ]  # fmt: skip


def test_own_due_events_are_handled_like_any_other(sessions: sessionmaker[Session]) -> None:
    make_inbox(sessions).receive([envelope(1, name=Rang.name)])
    assert heard(sessions) == [1]
