"""What travels on the wire: one event for one subscriber, with its place in its key's order."""

from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from pydantic import BaseModel, ConfigDict


class Key(NamedTuple):
    """What events are in order within: one aggregate of one producer, in one life of its database."""

    source: str
    stream: UUID
    key: str


class Envelope(BaseModel):
    """JSON on the wire. Unknown fields are ignored, so that old code reads what new code sends."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    n: int
    """The producer's outbox row: what is acknowledged."""
    id: UUID
    source: str
    stream: UUID
    key: str
    seq: int
    """1, 2, 3 … without holes, per subscriber and key."""
    name: str
    at: datetime
    correlation: UUID
    causation: UUID | None = None
    sends: int = 1
    """How many times it has been sent, this one included: a second time may follow a worker's death."""
    data: dict[str, Any]

    @property
    def place(self) -> Key:
        """The order it stands in, at `seq`."""
        return Key(self.source, self.stream, self.key)
