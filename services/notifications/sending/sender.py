"""The sender: claims due mails, writes and hands them over, writes down the answers. Any number may run.

There is one short transaction a mail, which concludes the mail before and begins the next: a sender that is killed at any moment
loses nothing, and doubles at most the one mail whose answer it had not written down. That transaction is on its way to the disk
while the server is asked whether it takes the mail; only the text waits until it is there. While the server takes the text in,
the mail after it is written. No transaction is open while a mail is written or sent. Facts older than two seconds are loaded
anew.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from uuid import UUID, uuid4

from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session, sessionmaker

from services.notifications.actions import ledger
from services.notifications.actions.ledger import Attempt, Conclusion, Turn
from services.notifications.mail.letters import Site
from services.notifications.models import Message
from services.notifications.rules.answers import Answer, Verdict, classify
from services.notifications.sending.book import Book
from services.notifications.sending.pile import Pile, Ready
from services.notifications.sending.repeating import repeatedly
from services.notifications.sending.transport import Transport
from shared import clock
from shared.database import at_once
from shared.observability import log

_log = log(__name__)

BATCH = 50
LEASE = timedelta(seconds=5)
"""How long the mails of a sender that was killed wait for the next; who lives renews it four times as often."""


@dataclass(frozen=True)
class HandedOver:
    """A mail that was offered, and finished if it may be: its `n`-th attempt, since `started` (`time.perf_counter()`)."""

    ready: Ready
    n: int
    answer: Answer | None
    """None: the server has still to answer the dot."""
    started: float


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
        self._lease, self._now = lease, now
        self._server_was_away = True
        self._book = Book(sessions.kw["bind"])

    def send_due(self, lane: str, *, seconds: float) -> int:
        """Send what is due in `lane`, for about `seconds` at most; how many mails were settled."""
        until = time.monotonic() + seconds
        settled = 0
        while time.monotonic() < until:
            token = uuid4()
            with at_once(self._sessions) as session:
                batch = ledger.claim(session, lane, token, limit=BATCH, lease=self._lease)
            if not batch:
                break
            # However slow the mail server, nobody takes the batch from a sender that lives.
            with repeatedly(partial(self._extend, token), every=self._lease.total_seconds() / 4, name="lease"):
                done, server_is_there = self._send_batch(batch, token, until)
            settled += done
            if not server_is_there:
                break
        return settled

    def close(self) -> None:
        """Hang up."""
        self._transport.close()
        self._book.close()

    def _send_batch(self, batch: Sequence[Message], token: UUID, until: float) -> tuple[int, bool]:
        """How many were settled, and whether the mail server is still there for more."""
        last: Conclusion | None = None
        pile = Pile(self._sessions, self._site, batch, token, self._now)
        handed_over = 0
        try:
            ready = pile.next()
            while ready is not None and time.monotonic() < until:
                if not ready.is_fresh:
                    if last is not None:
                        self._write_down(last, token)
                        last = None
                    ready = pile.again(ready)
                    continue
                self._book.write(Turn(token, last, begin=ready.message))
                handed = self._hand_over(ready)
                last = None
                try:
                    ready = pile.next()
                finally:  # whatever happens meanwhile: what the server says is written down
                    last = self._conclude(handed) if handed is not None else None
                if last is not None:
                    if last.verdict.outcome == "server_away":
                        break
                    handed_over += 1
        except BaseException:
            self._transport.withdraw()
            raise
        finally:
            if last is not None:
                self._write_down(last, token)
        away = last if last is not None and last.verdict.outcome == "server_away" else None
        with self._sessions.begin() as session:
            ledger.release(session, token)
            if handed_over and self._server_was_away:
                self._server_was_away = False
                ledger.server_is_back(session)
            if away is not None:
                self._server_was_away = True
                ledger.server_is_away(session, away.verdict.reason, away.answer.text)
        return handed_over + pile.put_off, away is None

    def _write_down(self, last: Conclusion, token: UUID) -> None:
        self._book.write(Turn(token, last))
        self._book.written()

    def _hand_over(self, ready: Ready) -> HandedOver | None:
        """The whole mail, once its attempt is written down. None: it may not be sent any more."""
        started = time.perf_counter()
        answer = self._transport.offer(ready.mail)
        n = self._book.written()
        if n is None:
            self._transport.withdraw()
            return None
        return HandedOver(ready, n, answer or self._transport.finish(ready.mail), started)

    def _conclude(self, handed: HandedOver) -> Conclusion:
        """How it went."""
        ready, message = handed.ready, handed.ready.message
        answer = handed.answer or self._transport.answer()
        duration = round((time.perf_counter() - handed.started) * 1000)
        verdict = classify(answer, attempts=message.attempts, age=self._now() - message.queued_at)
        _report(message.id, answer, verdict)
        attempt = Attempt(message.id, handed.n, ready.mail.recipient, ready.subject, message.person_id, ready.entries)
        return Conclusion(attempt, answer, verdict, duration)

    def _extend(self, token: UUID) -> None:
        try:
            with self._sessions.begin() as session:
                ledger.extend(session, token, lease=self._lease)
        except DBAPIError as error:
            _log.warning("lease_not_extended", error=type(error).__name__)


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
