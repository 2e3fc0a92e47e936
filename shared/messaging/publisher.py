"""The relay's connection to Celery's broker, and what goes over it: events to their subscribers."""

from collections.abc import Sequence
from itertools import groupby
from operator import attrgetter
from typing import Any, NamedTuple
from uuid import UUID

import orjson
from celery import Celery
from kombu.exceptions import BatchPublishError  # type: ignore[attr-defined]
from redis.exceptions import ResponseError
from sqlalchemy.orm import Session, sessionmaker

from shared.database import Asked, ask, at_once
from shared.messaging import delivery, wire
from shared.observability import log

_log = log(__name__)


class Sent(NamedTuple):
    """A row of the outbox, in one life of its database."""

    id: int
    stream: UUID


class Publisher:
    """Publishes what `service` has claimed of its outbox. After any error: `hang_up`, and go on."""

    def __init__(self, app: Celery, service: str, sessions: sessionmaker[Session]) -> None:
        self._app, self._service, self._sessions = app, service, sessions
        self._wire: tuple[Any, Any] | None = None
        self.under_way = 0
        """Events that were published last to one subscriber, and those that it had not acknowledged before."""
        self.sent: list[Sent] = []
        """Rows that were published, and of which that is not written down yet."""

    @property
    def producer(self) -> Any:
        """On a connection that is opened when it is needed."""
        if self._wire is None:
            self._wire = wire.open_producer(self._app)
        return self._wire[1]

    def claim(self, subscribers: Sequence[str], look: Asked) -> tuple[list[Any], Any]:
        """What may be published now, and the answer to `look`; in the same round trip it is written down what was published."""
        written = [delivery.sent(self.sent)] if self.sent else []
        with at_once(self._sessions) as session:
            *_, claimed, [found] = ask(session, *written, delivery.claiming(subscribers), look)
        self.sent = []
        return claimed, found

    def publish_lone(self, handed_over: bytes) -> None:
        """Publish events that were lent to the relay when they were recorded. Raises what the broker does."""
        for subscriber, envelope in orjson.loads(handed_over):
            wire.publish(self._app, self.producer, subscriber, [envelope])
            self.sent.append(Sent(envelope["n"], UUID(envelope["stream"])))

    def publish(self, claimed: Sequence[Any]) -> bool:
        """Publish the claimed rows; whether there is likely to be more.

        A subscriber whose queue is not a list does not keep the others waiting. Raises what the broker or the database does.
        """
        lines = [list(rows) for _, rows in groupby(sorted(claimed, key=attrgetter("subscriber", "id")), attrgetter("subscriber"))]
        self.under_way = max((line[0].under_way + len(line) for line in lines), default=0)
        refused: Exception | None = None
        unsent = lines.copy()
        try:
            for line in lines:
                try:
                    self._publish(line)
                except (BatchPublishError, ResponseError) as error:
                    if not isinstance(error.__cause__ or error, ResponseError):
                        raise
                    self.hang_up()
                    refused = error
                else:
                    unsent.remove(line)
                    self.sent += [Sent(row.id, row.stream) for row in line]
        finally:
            if unsent:
                with at_once(self._sessions) as session:
                    ask(session, delivery.give_back([row for line in unsent for row in line]))
        if refused is not None:
            raise refused
        return any(len(line) == delivery.CLAIM for line in lines)

    def hang_up(self) -> None:
        """The next time, on a new connection."""
        if self._wire is not None:
            connection, self._wire = self._wire[0], None
            try:
                connection.release()
            except Exception as error:  # it is broken already
                _log.debug("hang_up_failed", error=type(error).__name__)

    def _publish(self, line: Sequence[Any]) -> None:
        with self.producer.batch():
            envelopes = [delivery.envelope_of(row, self._service) for row in line]
            wire.publish(self._app, self.producer, line[0].subscriber, envelopes)
