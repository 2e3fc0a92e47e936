"""Events that are kept: ahead of their turn, failed and to be retried, or begun by a process that is gone.

One by one, each attempt in the books before it is made: an event that ends its process time and again is found so, and parked.
"""

import random
import time
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session, sessionmaker

from shared.messaging import ledger, measuring
from shared.messaging.envelope import Envelope, Key
from shared.messaging.failures import (
    DEADLY,
    PAUSES,
    HandlingFailed,
    KilledItsWorker,
    Misnumbered,
    UnknownEvent,
    is_away,
    is_conflict,
    is_locked,
    place_of,
)
from shared.messaging.handling import Handling
from shared.observability import log
from shared.telling import told, where

_log = log(__name__)

BUDGET = 15.0
"""Seconds after which the rest is left to the relay to ask for."""
_SETTLED = {"done", "discarded"}


@dataclass(frozen=True)
class Kept:
    """What a service keeps of the events that it has heard."""

    sessions: sessionmaker[Session]
    handling: Handling

    def look_closer(self, envelope: Envelope) -> bool:
        """Keep one of a key that is held; handle it if its turn has come, or if whoever began it is gone.

        Whether it is safe here. Raises Misnumbered if its number is another event's.
        """
        key, seq = envelope.place, envelope.seq
        with self.sessions.begin() as session:
            mark = ledger.lock(session, [key])[key]
            is_next = seq == mark.last_seq + 1
            if seq > mark.last_seq:
                ledger.keep(session, envelope, is_next=is_next)
            row = ledger.find(session, key, seq)
            if row is not None and row.event_id != envelope.id:
                raise Misnumbered(envelope)
            safe = row is not None or seq <= mark.last_seq
            if not safe and is_next:  # it is here under another number, from an earlier stream
                ledger.move(session, key, seq)
                safe = True
        if is_next:
            self.drain(key)
        return safe

    def retry(self, key: Key, seq: int) -> None:
        """Handle one whose pause is over, and what becomes ready behind it. Raises DBAPIError if it cannot be done now."""
        with self.sessions() as session:
            row = ledger.find(session, key, seq)
        if row is not None and row.passed and row.state in {"failed", "begun"}:
            self._retry_passed(key, seq)
        else:
            self.drain(key, asked_for=seq)

    def drain(self, key: Key, *, asked_for: int | None = None) -> None:
        """Handle what is kept at the key's head, for as long as its turn has come.

        A failed one is tried again only if it is `asked_for`, or if whoever began it is gone: we have the key's lock, so
        nobody else is at it. None is while the inbox is halted. Raises DBAPIError if it cannot be done now.
        """
        give_up_at = time.monotonic() + BUDGET
        while time.monotonic() < give_up_at:
            envelope = self._begin_head(key, asked_for)
            if envelope is None or not self._attempt(key, envelope):
                return

    def fail(self, envelope: Envelope, error: Exception, *, counted: bool) -> None:
        """Keep one with its error, to be retried after a pause. `counted`: the attempt is in the books already."""
        unknown = isinstance(error, UnknownEvent)
        with self.sessions.begin() as session:
            mark = ledger.lock(session, [envelope.place])[envelope.place]
            before = ledger.find(session, envelope.place, envelope.seq)
            passed = before is not None and before.passed
            settled = before is not None and before.state in _SETTLED
            if settled or (envelope.seq <= mark.last_seq and not passed):
                return  # somebody else has handled it meanwhile, or given it up
            passing = not passed and self.handling.passable(envelope)
            kept = ledger.fail(
                session,
                envelope,
                counted=counted,
                error=told(error),
                traceback=where(error),
                place=place_of(error),
                pauses=PAUSES[:5] if unknown else PAUSES,
                spread=random.uniform(0.8, 1.2),  # noqa: S311 (spreading retries, no secret)
                for_ever=unknown,
                passed=passed or passing,
            )
            if passing:
                ledger.move(session, envelope.place, envelope.seq)
        measuring.failed(self.handling.service, envelope)
        _log.error(
            "handling_failed",
            event_name=envelope.name,
            event_id=str(envelope.id),
            attempts=kept.attempts,
            dead=kept.state == "dead",
            error=type(error).__name__,
        )

    def _begin_head(self, key: Key, asked_for: int | None) -> Envelope | None:
        with self.sessions.begin() as session:
            mark = ledger.lock(session, [key])[key]
            row = ledger.find(session, key, mark.last_seq + 1)
            while row is not None and row.state in _SETTLED:
                ledger.move(session, key, row.key_seq)
                row = ledger.find(session, key, row.key_seq + 1)
            if row is None:
                if mark.held:
                    ledger.move(session, key, mark.last_seq)
                return None
            resting = mark.halted or row.just_begun or (row.state == "failed" and row.key_seq != asked_for)
            if resting or row.state == "dead" or not self._begin_again(session, key, row):
                return None
            return ledger.envelope_of(row)

    def _begin_again(self, session: Session, key: Key, row: Row[Any]) -> bool:
        """Put an attempt in the books. False: enough of them have ended their process."""
        if row.deaths >= DEADLY:
            ledger.park(session, key, row.key_seq, told(KilledItsWorker(KilledItsWorker.__doc__)))
            _log.error("parked", event_name=row.name, event_id=str(row.event_id), deaths=row.deaths)
            return False
        ledger.begin_again(session, key, row.key_seq)
        return True

    def _attempt(self, key: Key, envelope: Envelope) -> bool:
        """Handle one whose attempt is in the books. False: the key stops here."""
        try:
            with self.sessions() as session:
                marks = ledger.lock(session, [key])
                row = ledger.find(session, key, envelope.seq)
                if row is None or row.state != "begun":
                    return True  # somebody else was quicker
                self.handling.handle(session, envelope)
                ledger.settle_and_commit(session, [envelope], [], marks)
        except HandlingFailed as failure:
            self.fail(envelope, failure.error, counted=True)
            return self.handling.passable(envelope)
        except DBAPIError as error:
            if is_conflict(error) or is_locked(error) or is_away(error):
                self._spare(key, envelope.seq)
                raise
            self.fail(envelope, error, counted=True)
            return False
        measuring.handled(self.handling.service, [envelope])
        return True

    def _retry_passed(self, key: Key, seq: int) -> None:
        """Its key has gone on without it: nothing waits behind it."""
        with self.sessions.begin() as session:
            mark = ledger.lock(session, [key])[key]
            row = ledger.find(session, key, seq)
            if mark.halted or row is None or row.just_begun or row.state not in {"failed", "begun"}:
                return
            if not self._begin_again(session, key, row):
                return
        self._attempt(key, ledger.envelope_of(row))

    def _spare(self, key: Key, seq: int) -> None:
        """The attempt came to nothing, but its process lives: it is not charged with a death."""
        try:
            with self.sessions.begin() as session:
                ledger.lived(session, key, seq)
        except DBAPIError as error:
            _log.warning("cannot_spare", error=type(error.orig).__name__)
