"""A batch of claimed mails, each written shortly before it leaves, from facts that are loaded for all of them together."""

import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.orm import Session, sessionmaker

from services.notifications.actions import ledger
from services.notifications.actions.ledger import PutOff
from services.notifications.mail.compose import Outgoing, compose
from services.notifications.mail.facts import Facts, load_facts
from services.notifications.mail.letters import Entry, NotYet, Site, Withhold, write_letter
from services.notifications.models import Message
from shared.database import at_once
from shared.observability import correlated, log

_log = log(__name__)

FRESH = 2.0
"""Seconds that facts may be old."""
BROKEN_PAUSE = timedelta(minutes=10)


@dataclass(frozen=True)
class Ready:
    """A mail that is written. `as_of`: from facts of when (`time.monotonic()`)."""

    message: Message
    mail: Outgoing
    subject: str
    entries: tuple[Entry, ...]
    as_of: float

    @property
    def is_fresh(self) -> bool:
        return time.monotonic() - self.as_of <= FRESH


class Pile:
    """`next` until it is None. Those that are withheld, or wait for facts, are put off on the way."""

    def __init__(
        self, sessions: sessionmaker[Session], site: Site, batch: Sequence[Message], token: UUID, now: Callable[[], datetime]
    ) -> None:
        self._sessions, self._site, self._token, self._now = sessions, site, token, now
        self._waiting = deque(batch)
        self._facts: Facts | None = None
        self._loaded_at = 0.0
        self._not_now: list[PutOff] = []
        self.put_off = 0
        """How many were."""

    def next(self) -> Ready | None:
        """The next mail that is to be sent now; None when there is none left."""
        ready = self._next()
        if self._not_now:
            with self._sessions.begin() as session:
                ledger.put_off(session, self._not_now, self._token)
            self.put_off += len(self._not_now)
            self._not_now.clear()
        return ready

    def _next(self) -> Ready | None:
        while self._waiting:
            facts = self._fresh_facts()
            message = self._waiting.popleft()
            with correlated(message.correlation):
                try:
                    return self._written(message, facts)
                except Withhold as held:
                    self._not_now.append(PutOff(message.id, "withheld", held.reason))
                except NotYet:
                    self._not_now.append(PutOff(message.id, "queued", "waiting_for_facts", ledger.WAIT_FOR_FACTS))
                except Exception:  # a fault of ours in one mail must not stop the others; it waits for the next version
                    _log.exception("mail_is_broken", kind=message.kind, message_id=str(message.id))
                    self._not_now.append(PutOff(message.id, "queued", "broken", BROKEN_PAUSE))
        return None

    def again(self, stale: Ready) -> Ready | None:
        """The same mail written anew, or the next if it is not to be sent any more."""
        self._waiting.appendleft(stale.message)
        return self.next()

    def _fresh_facts(self) -> Facts:
        if self._facts is None or time.monotonic() - self._loaded_at > FRESH:
            self._loaded_at = time.monotonic()
            with at_once(self._sessions) as session:
                self._facts = load_facts(session, self._waiting)
        return self._facts

    def _written(self, message: Message, facts: Facts) -> Ready:
        now = self._now()
        letter = write_letter(message, facts, self._site, now)
        mail, written = compose(message, letter, self._site, at=now)
        return Ready(message, mail, written.subject, tuple(letter.entries), self._loaded_at)
