"""The ledger as a sender keeps it: a turn is on its way to the disk while the next mail is on its way to the server."""

import time

import psycopg
from psycopg import generators
from psycopg.errors import error_from_result
from psycopg.pq import ExecStatus
from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError, InterfaceError, InternalError, OperationalError, SQLAlchemyError

from services.notifications.actions import ledger
from services.notifications.actions.ledger import TURN, Turn
from shared.observability import log

_log = log(__name__)

PATIENCE = 60.0
"""Seconds to wait for a database that is away with an answer to write down."""
_PASSING = (OperationalError, InternalError, InterfaceError)
"""Errors that are not this turn's."""
_PREPARED = b"turn"


class Book:
    """One turn at a time: `write` sends it and waits for nothing, `written` waits. Not for several threads.

    It has a connection of its own, and speaks libpq there (`psycopg.pq`), since psycopg's cursors wait for their answers. When
    anything goes wrong there, the turn is written once more in the common way.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine.execution_options(isolation_level="AUTOCOMMIT")
        self._connection: psycopg.Connection | None = None
        self._open: Turn | None = None

    def write(self, turn: Turn) -> None:
        """Send it. Raises nothing."""
        if self._open is not None:  # somebody was interrupted, and the answer to that is still to come
            self.close()
        self._open = turn
        try:
            connection = self._connection = self._connection or self._connected()
            connection.pgconn.send_query_prepared(_PREPARED, [turn.said])
            connection.wait(generators.send(connection.pgconn))
        except (psycopg.Error, SQLAlchemyError):
            self.close()

    def written(self) -> int | None:
        """When it stands there: the number of the attempt that begins; None if it must not. Raises DBAPIError."""
        turn = self._open
        if turn is None:
            raise RuntimeError("there is no turn to wait for")
        try:
            n = self._answer()
        except psycopg.Error as error:
            _log.warning("turn_written_once_more", error=type(error).__name__)
            if self._connection is None or self._connection.broken:
                self._engine.dispose()  # the pool's connections were broken by the same
            self.close()
            n = self._once_more(turn)
        self._open = None
        return n

    def close(self) -> None:
        """Hang up."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _connected(self) -> psycopg.Connection:
        """Not one of the pool's: a sender keeps it while it rests."""
        pooled = self._engine.raw_connection()
        connection: psycopg.Connection = pooled.driver_connection  # type: ignore[assignment]
        pooled.detach()
        connection.autocommit = True
        prepared = connection.pgconn.prepare(_PREPARED, TURN.replace("%(said)s", "$1").encode())
        if prepared.status != ExecStatus.COMMAND_OK:
            connection.close()
            raise error_from_result(prepared)
        return connection

    def _answer(self) -> int | None:
        if self._connection is None:
            raise psycopg.OperationalError("it could not be sent")
        # What was done, and then, if it comes to that, why it could not be committed.
        *_, result = self._connection.wait(generators.fetch_many(self._connection.pgconn))
        if result.status != ExecStatus.TUPLES_OK:
            raise error_from_result(result)
        n = result.get_value(0, 0)
        return None if n is None else int(n)

    def _once_more(self, turn: Turn) -> int | None:
        """A database that restarts or is full is waited for: how the last mail went is known, and whoever took the lease later
        would send it again. Each try has a connection of its own: one that SQLAlchemy has renewed would not commit by itself any
        more.
        """
        until = time.monotonic() + PATIENCE
        while True:
            try:
                with self._engine.connect() as connection:
                    return ledger.write_turn(connection, turn)
            except DBAPIError as error:
                if not isinstance(error, _PASSING) or time.monotonic() > until:
                    raise
                _log.warning("answer_not_written_yet", error=type(error).__name__)
                time.sleep(0.2)
