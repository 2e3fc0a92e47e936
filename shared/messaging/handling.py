"""Handling one event: the service's own code runs here, and nowhere else in the messaging."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from shared.events import BY_NAME
from shared.messaging.envelope import Envelope
from shared.messaging.failures import HandlingFailed, UnknownEvent, is_away, may_be_passed
from shared.observability import correlated
from shared.service import Handlers


@dataclass(frozen=True)
class Handling:
    """What a service does about each event."""

    service: str
    handlers: Handlers

    def handle(self, session: Session, envelope: Envelope) -> None:
        """Run the event's handlers in the session's transaction, which the caller commits, or undoes when this raises.

        Raises HandlingFailed for whatever a handler raises, and DBAPIError when the database is away.
        """
        try:
            with correlated(envelope.correlation, causation=envelope.id):
                event = self._event(envelope)
                for handler in self.handlers[type(event)]:
                    handler(session, event)
                session.flush()
        except DBAPIError as error:
            if is_away(error):
                raise
            raise HandlingFailed(envelope, error) from error
        except Exception as error:  # whatever it is, people are to see it
            raise HandlingFailed(envelope, error) from error

    def passable(self, envelope: Envelope) -> bool:
        """Whether later events of its key may go on when this one fails."""
        handlers = self.handlers.get(BY_NAME[envelope.name], ()) if envelope.name in BY_NAME else ()
        return bool(handlers) and may_be_passed(handlers)

    def _event(self, envelope: Envelope) -> Any:
        known = BY_NAME.get(envelope.name)
        if known is None or known not in self.handlers:
            raise UnknownEvent(f"{self.service} has no handler for {envelope.name}")
        return known.model_validate(envelope.data)
