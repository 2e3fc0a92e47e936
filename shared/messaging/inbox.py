"""Receiving: exactly one effect of each event, in order per key, whatever arrives how often and in whatever order.

Events are taken in many to a transaction. The keys' watermarks move in the same transaction as the effects; an event ahead
of its turn is kept. When anything goes wrong the transaction is undone and each event gets one of its own, so that the one at
fault is found: it is kept with its error, and retried from here, never by the broker. Either way it is safe in this database,
and acknowledged.
"""

import random
import time
from collections import Counter, deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple
from uuid import UUID

from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session, sessionmaker

from shared.messaging import ledger, measuring
from shared.messaging.envelope import Envelope, Key
from shared.messaging.failures import HandlingFailed, Misnumbered, is_away, is_conflict, is_known, is_locked
from shared.messaging.handling import Handling
from shared.messaging.kept import Kept
from shared.messaging.placing import place
from shared.observability import log
from shared.service import Handlers

_log = log(__name__)

SLICE = 0.05
"""Seconds after which a transaction takes in no further event: others may wait for the rows that it has locked."""
BUDGET = 15.0
"""Seconds after which `receive` returns: what it has not come to is sent again."""
PATIENCE = 8.0
"""Seconds to wait for a database that is away (a restart takes about two) before the rest is left to be sent again."""
TRIES = 4
"""How often to try when another transaction is in the way."""


class Taken(NamedTuple):
    """What one transaction has left to do."""

    rest: list[Envelope]
    """Not come to."""
    held: list[Envelope]
    """Something of their key is kept."""
    misnumbered: set[UUID]
    """Their numbers are other events'."""
    behind: list[Key]
    """Something is kept whose turn may have come."""


@dataclass
class Reception:
    """One delivery on its way in."""

    work: deque[list[Envelope]]
    redelivered: bool
    safe: dict[UUID, Envelope] = field(default_factory=dict)
    own: set[UUID] = field(default_factory=set)
    """Those that this delivery itself has left a trace of."""
    tries: Counter[UUID] = field(default_factory=Counter)
    give_up_at: float = field(default_factory=lambda: time.monotonic() + BUDGET)
    away_since: float | None = None

    def is_safe(self, envelope: Envelope) -> None:
        self.safe[envelope.id] = envelope

    def wait(self) -> bool:
        """Give a database that is away a moment. False: it has had enough."""
        now = time.monotonic()
        self.away_since = self.away_since or now
        if now - self.away_since > PATIENCE:
            return False
        time.sleep(random.uniform(0.1, 0.4))  # noqa: S311 (no secret)
        return True


@dataclass(frozen=True)
class Inbox:
    """A service's ear: its handlers, and sessions to run them in."""

    service: str
    sessions: sessionmaker[Session]
    handlers: Handlers
    refused: Callable[[Envelope], None] = lambda _: None
    """Told of an event whose number is another event's."""

    @cached_property
    def _handling(self) -> Handling:
        return Handling(self.service, self.handlers)

    @cached_property
    def kept(self) -> Kept:
        """What has been heard and is not settled yet."""
        return Kept(self.sessions, self._handling)

    def receive(self, envelopes: Sequence[Envelope], *, redelivered: bool = False) -> list[Envelope]:
        """Take these into the database: those returned are safe here, and are to be acknowledged.

        `redelivered`: somebody had them before and has not finished; perhaps one of them ended its process.
        Raises nothing for a failing handler or a database that is away: what is not returned is sent again.
        """
        reception = Reception(deque([list(envelopes)]), redelivered)
        while reception.work and time.monotonic() < reception.give_up_at:
            unit = reception.work.popleft()
            try:
                self._take_in(unit, reception)
            except DBAPIError as error:
                if not is_away(error):
                    _log.exception("not_taken_in", events=len(unit))
                elif reception.wait():
                    reception.work.appendleft(unit)
                else:
                    _log.warning("left_to_be_sent_again", events=len(unit), error=type(error.orig).__name__)
                    break
            else:
                reception.away_since = None
        return list(reception.safe.values())

    def retry(self, source: str, stream: UUID, key: str, seq: int) -> None:
        """Handle a kept event whose pause is over. Raises DBAPIError if it cannot be done now: the relay asks again."""
        self.kept.retry(Key(source, stream, key), seq)

    def _take_in(self, unit: list[Envelope], reception: Reception) -> None:
        try:
            taken = self._take(unit, reception)
        except HandlingFailed as failure:
            self._isolate(unit, failure.envelope, failure.error, reception)
            return
        except DBAPIError as error:
            if is_away(error):
                raise
            self._isolate(unit, None, error, reception)
            return
        left = {e.id for e in (*taken.rest, *taken.held)} | taken.misnumbered
        for envelope in unit:
            if envelope.id not in left:
                reception.is_safe(envelope)
            elif envelope.id in taken.misnumbered:
                self._refuse(envelope)
        if taken.rest:
            reception.work.appendleft(taken.rest)
        for envelope in taken.held:
            try:
                if self.kept.look_closer(envelope):
                    reception.is_safe(envelope)
            except Misnumbered:
                self._refuse(envelope)
        for key in taken.behind:
            self.kept.drain(key)

    def _take(self, envelopes: Sequence[Envelope], reception: Reception) -> Taken:
        """One transaction: those whose turn it is have their effects, and those ahead of it are kept."""
        with self.sessions() as session:
            marks = ledger.lock(session, [e.place for e in envelopes])
            places = place(envelopes, marks, reception.own)
            if any(e.id not in reception.own and (reception.redelivered or e.sends > 1) for e in places.ready):
                # It may be one of these that ended the process that had them: leave a trace before touching them. Only one that
                # is alone is charged with a death; of many, one is at fault, and next time each is handled alone.
                deaths = 1 + reception.redelivered if len(envelopes) == 1 else 0
                ledger.begin(session, places.ready, places.ahead, deaths=deaths)
                session.commit()
                reception.own |= {e.id for e in (*places.ready, *places.ahead)}
                marks = ledger.lock(session, [e.place for e in envelopes])
                places = place(envelopes, marks, reception.own)
            here = {e.id for e in (*places.ready, *places.ahead, *places.held)}
            settled = [e for e in envelopes if e.id not in here]
            misnumbered = ledger.misnumbered(session, settled) if settled else set()
            done = self._handle_some(session, places.ready)
            held = ledger.settle_and_commit(session, done, places.ahead, marks) if done or places.ahead else []
        measuring.handled(self.service, done)
        behind = [key for key in {e.place: None for e in done} if key in held]
        return Taken(places.ready[len(done) :], places.held, misnumbered, behind)

    def _refuse(self, envelope: Envelope) -> None:
        """It is not acknowledged, and so not lost: its producer starts a new stream, and sends it under a number of its own."""
        _log.error("misnumbered", event_name=envelope.name, event_id=str(envelope.id), source=envelope.source)
        self.refused(envelope)

    def _handle_some(self, session: Session, ready: Sequence[Envelope]) -> list[Envelope]:
        started = time.monotonic()
        done = []
        for envelope in ready:
            self._handling.handle(session, envelope)
            done.append(envelope)
            if time.monotonic() - started > SLICE:
                break
        return done

    def _isolate(self, unit: list[Envelope], culprit: Envelope | None, error: Exception, reception: Reception) -> None:
        """Give the event at fault a transaction of its own; when it has had one, keep it with its error."""
        if len(unit) > 1:
            at = unit.index(culprit) if culprit else 0
            parts = [unit[:at], [unit[at]], unit[at + 1 :]] if culprit else [[envelope] for envelope in unit]
            reception.work.extendleft(reversed([part for part in parts if part]))
            return
        [envelope] = unit
        if is_known(error):
            if self.kept.look_closer(envelope):
                reception.is_safe(envelope)
            return
        reception.tries[envelope.id] += 1
        if is_conflict(error) and reception.tries[envelope.id] < TRIES:
            time.sleep(random.uniform(0.01, 0.1))  # noqa: S311 (no secret)
            reception.work.append(unit)
        elif is_locked(error) and culprit is None:
            _log.warning("left_to_be_sent_again", events=1, error="somebody else is at work on its key")
        else:
            self.kept.fail(envelope, error, counted=envelope.id in reception.own)
            reception.own.discard(envelope.id)
            reception.is_safe(envelope)
