"""The sender with a real database and a real mail server: every class of answer, order, uniqueness, killed senders."""

import os
import signal
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from multiprocessing import get_context
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import func, select, text, update
from sqlalchemy.orm import Session, sessionmaker

from services.notifications.actions import ledger
from services.notifications.actions.ledger import Attempt, Conclusion, Turn
from services.notifications.actions.messages import Draft, queue_message
from services.notifications.mail.compose import Outgoing
from services.notifications.mail.letters import Site
from services.notifications.models import Message, MessageAttempt, Pause, Suppression
from services.notifications.rules.answers import Answer, Verdict
from services.notifications.sending.book import Book
from services.notifications.sending.sender import Sender
from services.notifications.sending.transport import Transport
from services.notifications.service import SERVICE
from services.notifications.settings import MailServer as Address
from services.notifications.settings import settings
from shared import clock
from shared.database import make_engine, make_sessions
from shared.secrets import seal
from shared.service import Service, use
from shared.testing import Databases, until
from tests.notifications.mailserver import MailServer

Sessions = sessionmaker[Session]
MakeSender = Callable[..., Sender]


@pytest.fixture
def server() -> Iterator[MailServer]:
    with MailServer() as running:
        yield running


@pytest.fixture
def senders(committing: Sessions) -> Iterator[MakeSender]:
    """Makes senders, and hangs them up after the test."""
    made: list[Sender] = []

    def make(url: str, **options: Any) -> Sender:
        made.append(make_sender(committing, url, **options))
        return made[-1]

    yield make
    for sender in made:
        sender.close()


@pytest.fixture
def sender(senders: MakeSender, server: MailServer) -> Sender:
    return senders(server.url)


def make_sender(
    sessions: Sessions,
    url: str,
    *,
    lease: timedelta = timedelta(seconds=60),
    final_dot: float = 600.0,
    now: Callable[[], datetime] = clock.now,
) -> Sender:
    transport = Transport(Address(url), hello="traffpunkt.example", final_dot=final_dot)
    return Sender(sessions, transport, Site("http://127.0.0.1:8000", settings().sender), lease=lease, now=now)


def queue(sessions: Sessions, *recipients: str, order_key: str | None = None, **changes: Any) -> list[UUID]:
    """A sign-in mail to each: the simplest there is."""
    with sessions.begin() as session:
        for recipient in recipients:
            facts: dict[str, Any] = {
                "kind": "sign_in",
                "dedupe_key": f"test:{uuid4()}",
                "language": "sv",
                "recipient": recipient,
                "order_key": order_key,
                "useful_until": datetime.now(UTC) + timedelta(hours=1),
                "context": {"name": "Karin Ek", "link": seal("http://127.0.0.1:8000/logga-in/x")},
            }
            assert queue_message(session, Draft(**facts | changes))
        session.flush()
        return list(session.scalars(select(Message.id).order_by(Message.id)))


def message(sessions: Sessions, recipient: str) -> Message:
    with sessions() as session:
        return session.scalars(select(Message).where(Message.recipient == recipient)).one()


def attempts(sessions: Sessions, recipient: str) -> list[MessageAttempt]:
    with sessions() as session:
        of = select(MessageAttempt).join(Message, Message.id == MessageAttempt.message_id).where(Message.recipient == recipient)
        return list(session.scalars(of.order_by(MessageAttempt.n)))


def make_due(sessions: Sessions) -> None:
    """As if all pauses were over."""
    with sessions.begin() as session:
        session.execute(update(Message).values(next_at=func.now()))
        session.execute(text("DELETE FROM pause"))


def test_a_mail_is_sent_once_and_written_down(committing: Sessions, server: MailServer, sender: Sender) -> None:
    queue(committing, "a@x.example")
    assert sender.send_due("transactional", seconds=5) == 1
    assert sender.send_due("transactional", seconds=5) == 0
    sent = message(committing, "a@x.example")
    assert (sent.state, sent.attempts, sent.possibly_doubled, sent.lease_token) == ("sent", 1, False, None)
    assert sent.sent_at is not None
    [attempt] = attempts(committing, "a@x.example")
    assert (attempt.n, attempt.phase, attempt.code) == (1, "dot", 250)
    assert attempt.duration_ms is not None
    [mail] = server.mails
    assert mail["Message-ID"] == sent.message_id
    assert mail["Subject"] == sent.subject == "Logga in på Träffpunkt"


def test_priority_goes_first(committing: Sessions, server: MailServer, sender: Sender) -> None:
    queue(committing, "second@x.example", kind="sign_in")
    with committing.begin() as session:
        session.execute(update(Message).values(priority=50))
    queue(committing, "first@x.example")
    sender.send_due("transactional", seconds=5)
    assert server.recipients == ["first@x.example", "second@x.example"]


def test_one_connection_serves_a_hundred_mails(committing: Sessions, server: MailServer, sender: Sender) -> None:
    queue(committing, *(f"p{n}@x.example" for n in range(130)))
    assert sender.send_due("transactional", seconds=30) == 130
    assert server.connections == 2
    assert len(server.mails) == 130


def test_not_now_is_tried_again_later(committing: Sessions, server: MailServer, sender: Sender) -> None:
    server.answer("a@x.example", "450 4.2.0 busy", "421 4.3.2 closing", "250 OK")
    queue(committing, "a@x.example", "b@x.example")
    sender.send_due("transactional", seconds=5)
    waiting = message(committing, "a@x.example")
    assert (waiting.state, waiting.reason, waiting.attempts) == ("retry", "not_now", 1)
    assert waiting.next_at > datetime.now(UTC) + timedelta(seconds=50)
    assert message(committing, "b@x.example").state == "sent"
    for _ in range(2):
        make_due(committing)
        sender.send_due("transactional", seconds=5)
    assert message(committing, "a@x.example").state == "sent"
    assert [a.code for a in attempts(committing, "a@x.example")] == [450, 421, 250]
    assert len(server.to("a@x.example")) == 1


def test_an_address_that_does_not_exist_is_suppressed(committing: Sessions, server: MailServer, sender: Sender) -> None:
    server.answer("A@x.example", "550 5.1.1 no such user")
    queue(committing, "A@x.example")
    sender.send_due("transactional", seconds=5)
    failed = message(committing, "A@x.example")
    assert (failed.state, failed.reason) == ("failed", "no_such_address")
    with committing() as session:
        found = session.scalars(select(Suppression)).one()
        assert (found.address_key, found.reason, found.message_id) == ("a@x.example", "bounced", failed.id)
    queue(committing, "a@x.example")
    sender.send_due("transactional", seconds=5)
    assert (message(committing, "a@x.example").state, message(committing, "a@x.example").reason) == ("withheld", "bounced")
    assert server.mails == []


def test_a_policy_fails_without_suppressing(committing: Sessions, server: MailServer, sender: Sender) -> None:
    server.answer("a@x.example", "dot:554 5.7.1 we do not like it")
    queue(committing, "a@x.example")
    sender.send_due("transactional", seconds=5)
    assert (message(committing, "a@x.example").state, message(committing, "a@x.example").reason) == ("failed", "policy")
    with committing() as session:
        assert session.scalars(select(Suppression)).all() == []


def test_a_domain_that_asks_us_to_slow_down_holds_up_no_other(committing: Sessions, server: MailServer, sender: Sender) -> None:
    server.answer("a@slow.example", "450 4.7.1 greylisted, try again in 300 seconds")
    queue(committing, "a@slow.example")
    sender.send_due("transactional", seconds=5)
    queue(committing, "b@slow.example", "c@quick.example")
    sender.send_due("transactional", seconds=5)
    assert server.recipients == ["c@quick.example"]
    assert attempts(committing, "b@slow.example") == []
    make_due(committing)
    server.answer("a@slow.example", "250 OK")
    sender.send_due("transactional", seconds=5)
    assert sorted(server.recipients) == ["a@slow.example", "b@slow.example", "c@quick.example"]


def test_undecided_is_tried_again_with_the_same_id_and_marked(committing: Sessions, server: MailServer, sender: Sender) -> None:
    server.answer("a@x.example", "drop after", "250 OK")
    queue(committing, "a@x.example", "b@x.example")
    sender.send_due("transactional", seconds=5)
    undecided = message(committing, "a@x.example")
    assert (undecided.state, undecided.reason, undecided.possibly_doubled) == ("retry", "undecided", True)
    make_due(committing)
    sender.send_due("transactional", seconds=5)
    assert message(committing, "a@x.example").state == "sent"
    assert {mail["Message-ID"] for mail in server.to("a@x.example")} == {undecided.message_id}
    assert message(committing, "b@x.example").state == "sent"


def test_a_slow_answer_is_waited_for(committing: Sessions, senders: MakeSender, server: MailServer) -> None:
    server.answer("a@x.example", "slow:0.4")
    queue(committing, "a@x.example")
    patient, impatient = senders(server.url), senders(server.url, final_dot=0.1)
    impatient.send_due("transactional", seconds=5)
    assert message(committing, "a@x.example").possibly_doubled
    make_due(committing)
    patient.send_due("transactional", seconds=5)
    assert message(committing, "a@x.example").state == "sent"


def test_a_connection_that_dies_early_counts_no_attempt(committing: Sessions, server: MailServer, sender: Sender) -> None:
    server.answer("a@x.example", "drop before", "250 OK")
    queue(committing, "a@x.example", "b@x.example")
    sender.send_due("transactional", seconds=5)
    waiting = message(committing, "a@x.example")
    assert (waiting.state, waiting.reason, waiting.attempts, waiting.possibly_doubled) == ("queued", "server_away", 0, False)
    with committing() as session:
        assert session.scalars(select(Pause)).one().scope == "server"
    assert sender.send_due("transactional", seconds=5) == 0, "the server is left alone for a while"
    make_due(committing)
    assert sender.send_due("transactional", seconds=5) == 2
    assert message(committing, "a@x.example").attempts == 1


def test_a_server_that_is_away_is_left_alone_longer_each_time(committing: Sessions, senders: MakeSender) -> None:
    queue(committing, "a@x.example")
    sender = senders("smtp://127.0.0.1:1")
    pauses = []
    for _ in range(3):
        with committing.begin() as session:
            session.execute(update(Pause).values(until=func.now()))
        sender.send_due("transactional", seconds=5)
        with committing() as session:
            pause = session.scalars(select(Pause)).one()
            pauses.append((pause.failures, round((pause.until - datetime.now(UTC)).total_seconds())))
    assert pauses == [(1, 2), (2, 4), (3, 8)]
    assert message(committing, "a@x.example").attempts == 0


def test_wrong_credentials_hold_every_mail(committing: Sessions, senders: MakeSender) -> None:
    with MailServer(password="right") as server:
        queue(committing, "a@x.example")
        senders(server.url.replace("//", "//traffpunkt:wrong@")).send_due("transactional", seconds=5)
        assert message(committing, "a@x.example").reason == "server_refuses_us"
        make_due(committing)
        senders(server.url.replace("//", "//traffpunkt:right@")).send_due("transactional", seconds=5)
        assert message(committing, "a@x.example").state == "sent"
        with committing() as session:
            assert session.scalars(select(Pause)).all() == [], "a mail has come through: the server is back"


def test_the_server_may_close_a_connection_that_rests(committing: Sessions, server: MailServer, sender: Sender) -> None:
    queue(committing, "a@x.example")
    sender.send_due("transactional", seconds=5)
    sender._transport._smtp.sock.shutdown(2)  # type: ignore[union-attr]
    queue(committing, "b@x.example")
    sender.send_due("transactional", seconds=5)
    assert [a.code for a in attempts(committing, "b@x.example")] == [250]
    assert server.connections == 2


def test_order_is_kept_while_the_first_is_in_retry(committing: Sessions, server: MailServer, sender: Sender) -> None:
    server.answer("1@x.example", "450 4.2.0 busy", "250 OK")
    queue(committing, "1@x.example", "2@x.example", "3@x.example", order_key="person:1")
    queue(committing, "other@x.example", order_key="person:2")
    sender.send_due("transactional", seconds=5)
    assert server.recipients == ["other@x.example"]
    make_due(committing)
    sender.send_due("transactional", seconds=5)
    assert server.recipients == ["other@x.example", "1@x.example", "2@x.example", "3@x.example"]


def test_a_mail_that_failed_for_good_holds_up_none_behind_it(committing: Sessions, server: MailServer, sender: Sender) -> None:
    server.answer("1@x.example", "550 5.1.1 no")
    queue(committing, "1@x.example", "2@x.example", order_key="person:1")
    sender.send_due("transactional", seconds=5)
    assert server.recipients == ["2@x.example"]


def test_never_sent_late(committing: Sessions, server: MailServer, sender: Sender) -> None:
    queue(committing, "a@x.example", useful_until=datetime.now(UTC) - timedelta(seconds=1))
    sender.send_due("transactional", seconds=5)
    assert (message(committing, "a@x.example").state, message(committing, "a@x.example").reason) == ("withheld", "useless")
    assert server.mails == []


def test_a_broken_mail_stops_no_other(committing: Sessions, server: MailServer, sender: Sender) -> None:
    queue(committing, "a@x.example", context={"name": "Karin Ek", "link": "not sealed"})
    queue(committing, "b@x.example")
    sender.send_due("transactional", seconds=5)
    assert (message(committing, "a@x.example").state, message(committing, "a@x.example").reason) == ("queued", "broken")
    assert server.recipients == ["b@x.example"]


def test_the_same_cause_queues_one_mail(committing: Sessions) -> None:
    draft = Draft(kind="sign_in", dedupe_key="once", language="sv", recipient="a@x.example", context={})
    new = []

    def say_it() -> None:
        with committing.begin() as session:
            new.append(queue_message(session, draft))

    threads = [threading.Thread(target=say_it) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(new) == [False] * 7 + [True]


def test_lines_that_begin_with_a_dot_arrive_as_they_were_written(server: MailServer) -> None:
    data = b".first\r\n.\r\n..two. dots.\r\n\r\n.last\r\n"
    transport = Transport(Address(server.url), hello="traffpunkt.example")
    mail = Outgoing("anmalan@traffpunkt.example", "anna@deltagare.example", data)
    assert transport.offer(mail) is None
    assert transport.finish(mail) is None
    assert transport.answer().code == 250
    transport.close()
    assert server.raw == [data]


def test_many_senders_send_each_mail_once(committing: Sessions, senders: MakeSender, server: MailServer) -> None:
    recipients = [f"p{n}@x.example" for n in range(200)]
    for n in range(0, 200, 10):
        queue(committing, *recipients[n : n + 10], order_key=f"person:{n}")
    several = [senders(server.url) for _ in range(4)]

    def work(sender: Sender) -> None:
        until(lambda: not sender.send_due("transactional", seconds=5) and not _open(committing), within=60)

    threads = [threading.Thread(target=work, args=(sender,)) for sender in several]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(server.recipients) == sorted(recipients)
    for n in range(0, 200, 10):
        theirs = [to for to in server.recipients if to in recipients[n : n + 10]]
        assert theirs == recipients[n : n + 10], "the mails of one person keep their order, whoever sends them"
    with committing() as session:
        assert not session.scalar(select(func.count()).where(Message.possibly_doubled))


def _open(sessions: Sessions) -> int:
    with sessions() as session:
        return session.scalar(select(func.count()).where(Message.state.in_(("queued", "inflight", "retry")))) or 0


def _send_in_process(database_url: str, smtp_url: str) -> None:
    sessions = make_sessions(make_engine(database_url, application_name="killed sender"), "notifications")
    use(SERVICE)
    make_sender(sessions, smtp_url, lease=timedelta(seconds=1)).send_due("transactional", seconds=60)


def test_a_killed_sender_loses_nothing(
    committing: Sessions, senders: MakeSender, server: MailServer, service: Service, databases: Databases
) -> None:
    """It is killed while it waits for the answer: the mail may have arrived, so it is sent again and marked."""
    server.answer("stuck@x.example", "slow:3600", "250 OK")
    queue(committing, "before@x.example", "stuck@x.example", "after@x.example")
    victim = get_context("spawn").Process(target=_send_in_process, args=(databases.url(service), server.url))
    victim.start()
    until(lambda: server.held, within=30)
    assert victim.pid is not None
    os.kill(victim.pid, signal.SIGKILL)
    victim.join()
    sender = senders(server.url)
    until(lambda: not sender.send_due("transactional", seconds=5) and not _open(committing), within=15)
    assert {to: message(committing, to).state for to in ("before@x.example", "stuck@x.example", "after@x.example")} == {
        "before@x.example": "sent",
        "stuck@x.example": "sent",
        "after@x.example": "sent",
    }
    assert message(committing, "stuck@x.example").possibly_doubled
    assert not message(committing, "after@x.example").possibly_doubled
    assert [a.code for a in attempts(committing, "stuck@x.example")] == [None, 250]


def test_what_is_answered_is_written_down_though_the_next_mail_is_never_written(
    committing: Sessions, senders: MakeSender, server: MailServer
) -> None:
    """Somebody ends the sender while it writes the second mail: it looks at the clock once for each that it writes."""
    written: list[datetime] = []

    def now() -> datetime:
        written.append(clock.now())
        if len(written) == 2:
            raise SystemExit
        return written[-1]

    queue(committing, "first@x.example", "second@x.example")
    with pytest.raises(SystemExit):
        senders(server.url, now=now).send_due("transactional", seconds=5)
    assert server.recipients == ["first@x.example"]
    assert message(committing, "first@x.example").state == "sent"
    assert attempts(committing, "second@x.example") == []


def test_connections_to_the_database_that_are_cut_double_nothing(
    committing: Sessions, server: MailServer, sender: Sender, service: Service, databases: Databases
) -> None:
    """What the mail server has answered is written down over another connection."""
    recipients = [f"p{n}@x.example" for n in range(12)]
    for recipient in recipients:
        server.answer(recipient, "slow:0.1")
    queue(committing, *recipients)
    thread = threading.Thread(target=sender.send_due, args=("transactional",), kwargs={"seconds": 30})
    thread.start()
    until(lambda: len(server.mails) > 2)
    cutter = make_engine(databases.url(service), application_name="cutter")
    with cutter.begin() as connection:
        others = "FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
        connection.execute(text(f"SELECT pg_terminate_backend(pid) {others}"))
    cutter.dispose()
    thread.join()
    until(lambda: not sender.send_due("transactional", seconds=5) and not _open(committing), within=30)
    assert sorted(server.recipients) == sorted(recipients)


def test_the_server_is_asked_while_the_attempt_is_written_down_and_has_no_text_before(
    committing: Sessions, server: MailServer, sender: Sender
) -> None:
    queue(committing, "first@x.example")
    sender.send_due("transactional", seconds=30)
    queue(committing, "anna@x.example", "bo@x.example")
    thread = threading.Thread(target=sender.send_due, args=("transactional",), kwargs={"seconds": 30})
    with committing.begin() as session:
        session.execute(text("LOCK TABLE message_attempt"))
        thread.start()
        until(lambda: server.ready_for == ["first@x.example", "anna@x.example"])
        until(lambda: session.scalar(_WAITING))
        assert server.recipients == ["first@x.example"]
    thread.join()
    assert server.recipients == server.ready_for == ["first@x.example", "anna@x.example", "bo@x.example"]


_WAITING = text("SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = 'message_attempt'::regclass")


def test_a_turn_is_written_though_the_connection_is_cut_or_somebody_did_not_wait(committing: Sessions) -> None:
    queue(committing, "anna@x.example", "bo@x.example")
    mine = uuid4()
    with committing.begin() as session:
        first, second = ledger.claim(session, "transactional", mine, limit=5, lease=timedelta(minutes=9))
    book = Book(committing.kw["bind"])
    book.write(Turn(mine, begin=first))
    until(lambda: attempts(committing, "anna@x.example"))
    book.write(Turn(mine, begin=first))
    assert book.written() == 2
    with committing.begin() as session:
        assert session.scalar(_CUT)
    taken = Conclusion(Attempt(first.id, 2, "anna@x.example", "Hej", None, ()), Answer("dot", 250), Verdict("sent"), 7)
    book.write(Turn(mine, taken, begin=second))
    assert book.written() == 1
    book.write(Turn(mine, taken))
    assert book.written() is None
    book.close()
    assert message(committing, "anna@x.example").state == "sent"
    assert [a.duration_ms for a in attempts(committing, "anna@x.example")] == [None, 7]
    assert not message(committing, "anna@x.example").possibly_doubled


_CUT = text("""
    SELECT count(pg_terminate_backend(pid, 5000)) FROM pg_stat_activity
    WHERE datname = current_database() AND state = 'idle' AND query LIKE '%WITH said AS%'
""")


@pytest.mark.parametrize("error", ["disk_full", "internal_error", "lock_not_available"])
def test_a_turn_is_written_though_its_commit_fails_at_first(committing: Sessions, error: str) -> None:
    """The server has answered by then that the statement is done."""
    queue(committing, "anna@x.example")
    mine = uuid4()
    with committing.begin() as session:
        [first] = ledger.claim(session, "transactional", mine, limit=5, lease=timedelta(minutes=9))
        session.execute(text(_FAILS_AT_FIRST.format(error=error)))
    book = Book(committing.kw["bind"])
    try:
        book.write(Turn(mine, begin=first))
        assert book.written() == 1
    finally:
        book.close()
        with committing.begin() as session:
            session.execute(_FAILS_NO_MORE)
    assert len(attempts(committing, "anna@x.example")) == 1


_FAILS_AT_FIRST = """
    CREATE SEQUENCE commits;
    CREATE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF nextval('commits') < 3 THEN RAISE EXCEPTION 'not now' USING ERRCODE = '{error}'; END IF;
            RETURN NULL;
        END $$;
    CREATE CONSTRAINT TRIGGER fail AFTER INSERT ON message_attempt DEFERRABLE INITIALLY DEFERRED
        FOR EACH ROW EXECUTE FUNCTION fail()
"""
_FAILS_NO_MORE = text("DROP FUNCTION fail CASCADE; DROP SEQUENCE commits")


def test_a_slow_sender_that_lives_keeps_its_mails(committing: Sessions, senders: MakeSender, server: MailServer) -> None:
    """Its lease is shorter than the server is slow, but it says that it is alive."""
    server.answer("slow@x.example", "slow:1.2")
    queue(committing, "slow@x.example", "next@x.example")
    slow = senders(server.url, lease=timedelta(seconds=0.4))
    thread = threading.Thread(target=slow.send_due, args=("transactional",), kwargs={"seconds": 10})
    thread.start()
    until(lambda: attempts(committing, "slow@x.example"))
    other = senders(server.url)
    while thread.is_alive():
        assert other.send_due("transactional", seconds=0.2) == 0
    thread.join()
    assert server.recipients == ["slow@x.example", "next@x.example"]
    assert not message(committing, "slow@x.example").possibly_doubled


def test_a_sender_that_lost_its_lease_begins_and_concludes_nothing(committing: Sessions) -> None:
    """But what it has heard too late says that the mail may arrive twice."""
    queue(committing, "a@x.example")
    mine = uuid4()
    with committing.begin() as session:
        [claimed] = ledger.claim(session, "transactional", mine, limit=5, lease=timedelta(seconds=0))

    def another_takes_it_over() -> bool:
        """Once the database has been there for a while."""
        with committing.begin() as session:
            return bool(ledger.claim(session, "transactional", uuid4(), limit=5, lease=timedelta(minutes=9)))

    until(another_takes_it_over, within=20)
    late = Conclusion(Attempt(claimed.id, 1, "a@x.example", "", None, ()), Answer("dot", 250), Verdict("sent"), 1)
    with committing.kw["bind"].execution_options(isolation_level="AUTOCOMMIT").connect() as connection:
        assert ledger.write_turn(connection, Turn(mine, begin=claimed)) is None
        assert not message(committing, "a@x.example").possibly_doubled
        assert ledger.write_turn(connection, Turn(mine, late)) is None
    assert attempts(committing, "a@x.example") == []
    assert message(committing, "a@x.example").state == "inflight"
    assert message(committing, "a@x.example").possibly_doubled


def test_due_is_answered_by_an_index(committing: Sessions) -> None:
    queue(committing, "a@x.example")
    with committing() as session:
        assert session.execute(text(ledger.due_sql("transactional"))).scalar_one() is True
        assert session.execute(text(ledger.due_sql("bulk"))).scalar_one() is False
        session.execute(text("SET LOCAL enable_seqscan = off"))
        plan = "\n".join(session.execute(text(f"EXPLAIN {ledger.due_sql('transactional')}")).scalars())
        assert "ix_message_due" in plan
