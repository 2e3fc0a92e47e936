"""Two services that do nothing but say and hear one event: what the messaging itself costs.

Run as ``python -m deploy.bench.pair SERVICE worker|relay|migrate`` with DATABASE_URL and REDIS_URL in the environment.
"""

import sys
import time
from uuid import UUID

from sqlalchemy import MetaData, text
from sqlalchemy.orm import Session

from shared.commands import main
from shared.events import SUBSCRIPTIONS, Event
from shared.service import Service
from shared.settings import KernelSettings


class Happened(Event, name="bench.happened"):
    """Something happened in the benchmark. Key: its own id."""

    thing_id: UUID
    note: str = "x" * 200


SUBSCRIPTIONS[Happened] = ("hearer",)


_EFFECT = text("INSERT INTO effect (at) VALUES (:at)")


def insert_effect(session: Session, _event: Happened) -> None:
    """One row, as the plain way's task inserts one."""
    session.execute(_EFFECT, {"at": time.time()})


SERVICES = {
    "sayer": Service("sayer", KernelSettings, MetaData(), {}),
    "hearer": Service("hearer", KernelSettings, MetaData(), {Happened: [insert_effect]}),
}

if __name__ == "__main__":
    main(SERVICES[sys.argv.pop(1)])
