"""Who watches a service: a thread in its relay and in its web, so that somebody does when the other has stopped.

Whoever is first takes the turn, by a row: ten seconds each. It writes the minute's figures down, looks for what should have
happened and has not, and tells of what is wrong. It serves no request, and nobody waits for it.
"""

import threading
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.orm import Session, sessionmaker

from shared import clock
from shared.observability import log
from shared.operations.alarms import Limits, conditions, tell_webhook, update
from shared.operations.expectations import overdue
from shared.operations.history import keep_sample
from shared.operations.state import connect, read_state
from shared.service import Service

_log = log(__name__)

EVERY = 10.0

_TAKE_TURN = text("""
    INSERT INTO process (name, kind) VALUES ('attendant', 'attendant') ON CONFLICT (name) DO UPDATE SET seen_at = now()
    WHERE process.seen_at < now() - interval '9 seconds' OR process.seen_at > now() + interval '1 minute'
    RETURNING name
""")


class Attendant:
    """Watches one service as long as its process lives. Outages are waited out."""

    def __init__(self, service: Service, sessions: sessionmaker[Session]) -> None:
        self._service, self._sessions = service, sessions
        self._redis = connect(service.settings.redis_url)
        self._stopped = threading.Event()
        self._before: set[str] = set()
        """What was wrong at the turn before: what lasts is told of, not a moment's start."""

    def start(self) -> None:
        """In a thread of its own."""
        threading.Thread(target=self._attend, name="attendant", daemon=True).start()

    def stop(self) -> None:
        """No further turn."""
        self._stopped.set()

    def turn(self, now: datetime) -> bool:
        """One look, if it is anybody's turn."""
        with self._sessions.begin() as session:
            if session.execute(_TAKE_TURN).one_or_none() is None:
                return False
            state = read_state(session, self._service, self._redis)
            keep_sample(session, state)
            late = overdue(session, self._service, now)
            holding = conditions(state, late, Limits.of(self._service.settings))
            update(session, self._service, state, holding, certain=self._before)
            self._before = set(holding)
        tell_webhook(self._sessions, self._service)
        return True

    def _attend(self) -> None:
        while not self._stopped.wait(EVERY):
            try:
                self.turn(clock.now())
            except Exception as error:  # the database is away, or a service's own figures fail: nobody else may suffer
                _log.warning("attendant_waits", error=type(error).__name__)
