"""Two services of five lines each, to try the messaging on: a mouth that says events, and an ear that writes down what it heard.

Run as ``python -m tests.shared.messaging.pair mouth|ear relay|worker`` with DATABASE_URL and REDIS_URL in the environment.
"""

import os
import signal
import sys
import time
from uuid import UUID

from sqlalchemy import BigInteger, Column, DateTime, Identity, Table, Text, Uuid, func, insert, text
from sqlalchemy.orm import Session

from shared.commands import main
from shared.database import new_metadata
from shared.events import SUBSCRIPTIONS, Event
from shared.messaging import passable
from shared.observability import causation_id
from shared.service import Service
from shared.settings import KernelSettings


class Said(Event, name="test.said"):
    """The mouth says a word of a sentence. Key: the sentence."""

    sentence: str
    number: int
    order: str = ""
    """What the ear shall do about it: nothing, fail, wait, die, or overlap."""


class Hummed(Event, name="test.hummed"):
    """The mouth hums: those that cannot be heard may be passed by. Key: the tune."""

    sentence: str
    number: int
    order: str = ""


class Echoed(Event, name="test.echoed"):
    """The ear says back what it heard. Key: the sentence."""

    sentence: str
    number: int


class Rang(Event, name="test.rang"):
    """Due work of the ear's own."""

    sentence: str
    number: int


SUBSCRIPTIONS[Said] = ("ear",)
SUBSCRIPTIONS[Hummed] = ("ear",)
SUBSCRIPTIONS[Echoed] = ("mouth",)

EAR = new_metadata()
heard = Table(
    "heard",
    EAR,
    Column("n", BigInteger, Identity(), primary_key=True),
    Column("event_id", Uuid),
    Column("sentence", Text, nullable=False),
    Column("number", BigInteger, nullable=False),
    Column("at", DateTime(timezone=True), server_default=func.clock_timestamp()),
)
"""One row per effect: a doubled or missing or misplaced effect is a doubled or missing or misplaced row."""
trouble = Table("trouble", EAR, Column("what", Text, primary_key=True))
"""What goes wrong just now; a test takes it away."""
MOUTH = new_metadata()
echo = Table("echo", MOUTH, Column("n", BigInteger, Identity(), primary_key=True), Column("number", BigInteger))


class Trouble(Exception):
    """What a handler raises while a test wants it to."""


def write_down(session: Session, event: Said | Hummed | Rang) -> None:
    """Write what was heard, and do what the event's order says."""
    session.execute(insert(heard).values(event_id=causation_id(), sentence=event.sentence, number=event.number))
    order = getattr(event, "order", "")
    if order and session.execute(text("SELECT 1 FROM trouble WHERE what = :order"), {"order": order}).first():
        if order == "die":
            os.kill(os.getpid(), signal.SIGKILL)
        if order.startswith("wait"):
            time.sleep(float(order.removeprefix("wait ")))
        if order == "fail":
            raise Trouble("the ear is closed")


@passable
def write_down_or_not(session: Session, event: Hummed) -> None:
    """As `write_down`, but nothing waits for it."""
    write_down(session, event)


def write_echo(session: Session, event: Echoed) -> None:
    """Count what came back."""
    session.execute(insert(echo).values(number=event.number))


class PairSettings(KernelSettings):
    """Nothing of its own."""


SERVICES = {
    "mouth": Service("mouth", PairSettings, MOUTH, {Echoed: [write_echo]}),
    "ear": Service("ear", PairSettings, EAR, {Said: [write_down], Hummed: [write_down_or_not], Rang: [write_down]}),
}
SENTENCE = UUID(int=0)

if __name__ == "__main__":
    main(SERVICES[sys.argv.pop(1)])
