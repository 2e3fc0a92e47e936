"""The sender: claims due mails, writes and hands them over, writes down the answers. Any number may run.

A batch's mails are written before the first is sent. Then there is one short transaction a mail, which concludes the mail before
and begins the next: a sender that is killed at any moment loses nothing, and doubles at most the one mail whose answer it had
not written down. No transaction is open while a mail is written or sent. When a slow server has made the facts older than two
seconds, the rest of the batch is written anew.
"""

import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session, sessionmaker

from services.notifications.actions import ledger
from services.notifications.actions.ledger import Attempt, Conclusion
from services.notifications.mail.compose import Outgoing, compose
from services.notifications.mail.facts import Facts, load_facts
from services.notifications.mail.letters import Entry, NotYet, Site, Withhold, write_letter
from services.notifications.models import Message
from services.notifications.rules.answers import Answer, Verdict, classify
from services.notifications.sending.transport import Transport
from shared import clock
from shared.messaging.failures import is_away
from shared.observability import correlated, log

_log = log(__name__)

BATCH = 50
LEASE = timedelta(seconds=8)
"""How long the mails of a sender that was killed wait for the next; who lives renews it four times as often."""
PATIENCE = 60.0
"""Seconds to wait for a database that is away with an answer to write down."""
FRESH = 2.0
"""Seconds that facts may be old."""
BROKEN_PAUSE = timedelta(minutes=10)


@dataclass(frozen=True)
class Ready:
    """A mail that is written."""

    message: Message
    mail: Outgoing
    subject: str
    entries: tuple[Entry, ...]


class Sender:
    """Sends over one connection. Not for several threads; a process keeps one a lane, and its connection with it."""

    def __init__(
        self,
        sessions: sessionmaker[Session],
        transport: Transport,
        site: Site,
        *,
        lease: timedelta = LEASE,
        now: Callable[[], datetime] = clock.now,
    ) -> None:
        self._sessions, self._transport, self._site = sessions, transport, site
        self._engine: Engine = sessions.kw["bind"].execution_options(isolation_level="AUTOCOMMIT")
        self._lease, self._now = lease, now
        self._server_was_away = True

    def send_due(self, lane: str, *, seconds: float) -> int:
        """Send what is due in `lane`, for about `seconds` at most; how many mails were settled."""
        until = time.monotonic() + seconds
        settled = 0
        while time.monotonic() < until:
            token = uuid4()
            with self._sessions.begin() as session:
                batch = ledger.claim(session, lane, token, limit=BATCH, lease=self._lease)
            if not batch:
                break
            with self._holding(token):
                done, server_is_there = self._send_batch(batch, token, until)
            settled += done
            if not server_is_there:
                break
        return settled

    def close(self) -> None:
        """Hang up."""
        self._transport.close()

    def _send_batch(self, batch: Sequence[Message], token: UUID, until: float) -> tuple[int, bool]:
        """How many were settled, and whether the mail server is still there for more."""
        last: Conclusion | None = None
        waiting, written_at = self._write(batch, token), time.monotonic()
        settled = len(batch) - len(waiting)
        answered = False
        while waiting and time.monotonic() < until:
            if time.monotonic() - written_at > FRESH:
                if last is not None:
                    self._turn(last, token)
                    last = None
                before, waiting, written_at = len(waiting), self._write([r.message for r in waiting], token), time.monotonic()
                settled += before - len(waiting)
                continue
            ready = waiting.popleft()
            n = self._turn(last, token, begin=ready.message)
            last = None
            if n is not None:
                last = self._hand_over(ready, n)
                if last.verdict.outcome == "server_away":
                    break
                answered = True
                settled += 1
        server_is_there = last is None or last.verdict.outcome != "server_away"
        away = last if not server_is_there else None
        if last is not None:
            self._turn(last, token)
        with self._sessions.begin() as session:
            ledger.release(session, token)
            if answered and self._server_was_away:
                self._server_was_away = False
                ledger.server_is_back(session)
            if away is not None:
                self._server_was_away = True
                ledger.server_is_away(session, away.verdict.reason, away.answer.text)
        return settled, server_is_there

    def _turn(self, last: Conclusion | None, token: UUID, *, begin: Message | None = None) -> int | None:
        """Write down how the last mail went and that the next begins.

        A database that restarts is waited for: the answer is known, and whoever took the lease later would send the mail again.
        Each try has a connection of its own: one that SQLAlchemy has renewed by itself would not commit by itself any more.
        """
        until = time.monotonic() + PATIENCE
        while True:
            try:
                with self._engine.connect() as connection:
                    return ledger.turn(connection, last, begin=begin, token=token)
            except DBAPIError as error:
                if not is_away(error) or time.monotonic() > until:
                    raise
                _log.warning("answer_not_written_yet", error=type(error).__name__)
                time.sleep(0.2)

    def _write(self, messages: Sequence[Message], token: UUID) -> deque[Ready]:
        """The mails of those that are to be sent now. The others are withheld, or wait for facts."""
        with self._sessions.begin() as session:
            facts = load_facts(session, messages)
        ready: deque[Ready] = deque()
        put_off = []
        for message in messages:
            with correlated(message.correlation):
                try:
                    ready.append(self._written(message, facts))
                except Withhold as held:
                    put_off.append((message.id, "withheld", held.reason, timedelta()))
                except NotYet:
                    put_off.append((message.id, "queued", "waiting_for_facts", ledger.WAIT_FOR_FACTS))
                except Exception:  # a fault of ours in one mail must not stop the others; it waits for the next version
                    _log.exception("mail_is_broken", kind=message.kind, message_id=str(message.id))
                    put_off.append((message.id, "queued", "broken", BROKEN_PAUSE))
        if put_off:
            with self._sessions.begin() as session:
                for message_id, state, reason, pause in put_off:
                    ledger.put_off(session, message_id, token, state=state, reason=reason, pause=pause)
        return ready

    def _written(self, message: Message, facts: Facts) -> Ready:
        now = self._now()
        letter = write_letter(message, facts, self._site, now)
        mail, written = compose(message, letter, self._site, at=now)
        return Ready(message, mail, written.subject, tuple(letter.entries))

    def _hand_over(self, ready: Ready, n: int) -> Conclusion:
        message = ready.message
        started = time.perf_counter()
        answer = self._transport.send(ready.mail)
        duration = round((time.perf_counter() - started) * 1000)
        verdict = classify(answer, attempts=message.attempts, age=self._now() - message.queued_at)
        _report(message.id, answer, verdict)
        attempt = Attempt(message.id, n, ready.mail.recipient, ready.subject, message.person_id, ready.entries)
        return Conclusion(attempt, answer, verdict, duration)

    @contextmanager
    def _holding(self, token: UUID) -> Iterator[None]:
        """Within the block a thread keeps the lease: however slow the server, nobody takes the batch from a sender that lives."""
        stop = threading.Event()

        def hold() -> None:
            while not stop.wait(self._lease.total_seconds() / 4):
                try:
                    with self._sessions.begin() as session:
                        ledger.extend(session, token, lease=self._lease)
                except DBAPIError as error:
                    _log.warning("lease_not_extended", error=type(error).__name__)

        thread = threading.Thread(target=hold, name="lease", daemon=True)
        thread.start()
        try:
            yield
        finally:
            stop.set()
            thread.join()


def _report(message_id: UUID, answer: Answer, verdict: Verdict) -> None:
    """Log what is not well: never the address, nor the server's words, which repeat it."""
    if verdict.outcome == "sent":
        return
    tell = _log.error if verdict.alarm else _log.warning
    tell(
        "mail_not_sent",
        message_id=str(message_id),
        outcome=verdict.outcome,
        reason=verdict.reason,
        phase=answer.phase,
        code=answer.code,
        enhanced=answer.enhanced,
    )
