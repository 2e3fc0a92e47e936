"""Diets and needs: sealed with a key of their own, counted for those who cook, and erased when they have no use any more."""

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import delete, exists, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from services.registration.models import ACTIVE, Needs, Offering, Receipt, Seat
from shared.secrets import seal, unseal

DIETS = ("vegetarian", "vegan", "gluten_free", "lactose_free", "no_nuts", "no_pork")
"""What the form offers to tick; everything else is free text."""


@dataclass(frozen=True)
class Wants:
    """What one person has told: ticked diets, and words of their own."""

    diets: Sequence[str] = ()
    words: str = ""

    def __bool__(self) -> bool:
        return bool(self.diets or self.words)


@dataclass
class Summary:
    """What a host gets: numbers and words, never who."""

    people: int = 0
    diets: Counter[str] = field(default_factory=Counter)
    words: Counter[str] = field(default_factory=Counter)


def seal_needs(wants: Wants, key: str) -> str:
    """As it is stored: nobody reads it without the key."""
    return seal(json.dumps({"diets": list(wants.diets), "words": wants.words}, ensure_ascii=False), key=key)


def open_needs(sealed: str, key: str) -> Wants:
    """What `seal_needs` was given."""
    facts: dict[str, Any] = json.loads(unseal(sealed, key=key))
    return Wants(diets=tuple(facts["diets"]), words=facts["words"])


def keep_needs(session: Session, registration_id: UUID, sealed: str) -> None:
    """Keep them, in place of what was told before."""
    statement = insert(Needs).values(registration_id=registration_id, sealed=sealed)
    session.execute(statement.on_conflict_do_update(index_elements=[Needs.registration_id], set_={"sealed": sealed}))


def forget_needs(session: Session, registration_id: UUID) -> None:
    """The person takes back what they told."""
    session.execute(delete(Needs).where(Needs.registration_id == registration_id))


def needs_of(session: Session, registration_id: UUID, key: str) -> Wants:
    """What the person has told, for the person."""
    sealed = session.scalar(select(Needs.sealed).where(Needs.registration_id == registration_id))
    return open_needs(sealed, key) if sealed else Wants()


def summary_of_needs(session: Session, activity_id: UUID, key: str) -> Summary:
    """What those with a seat on site need, as counts, of diets and of words."""
    query = (
        select(Needs.sealed)
        .join(Seat, Seat.registration_id == Needs.registration_id)
        .where(Seat.activity_id == activity_id, Seat.state == "confirmed")
    )
    summary = Summary()
    for sealed in session.scalars(query):
        wants = open_needs(sealed, key)
        summary.people += 1
        summary.diets.update(wants.diets)
        if wants.words:
            summary.words[wants.words] += 1
    return summary


def erase_unused_needs(session: Session, registration_id: UUID) -> None:
    """Erase the needs of a registration that has no seat left."""
    active = exists().where(Seat.registration_id == Needs.registration_id, Seat.state.in_(ACTIVE))
    session.execute(delete(Needs).where(Needs.registration_id == registration_id, ~active))


def erase_outlived_needs(session: Session, activity_id: UUID, *, now: datetime, needs_days: int) -> int:
    """Erase the needs of everybody at this activity whose last activity ended `needs_days` ago or more; how many they were.

    Receipts of forms as old as that go too.
    """
    ended = now - timedelta(days=needs_days)
    here = select(Seat.registration_id).where(Seat.activity_id == activity_id)
    later = (
        exists()
        .where(Seat.registration_id == Needs.registration_id, Seat.state.in_(ACTIVE))
        .where(Offering.id == Seat.activity_id, Offering.ends_at > ended)
    )
    erased = session.execute(delete(Needs).where(Needs.registration_id.in_(here), ~later).returning(Needs.registration_id)).all()
    session.execute(delete(Receipt).where(Receipt.created_at < ended))
    return len(erased)
