"""The organisation register as it is known here: finding, proposing, keeping up with the catalogue, merging."""

from collections.abc import Iterable
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any
from uuid import UUID

from sqlalchemy import delete, or_, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from services.registration.actions.ledger import lock_offerings
from services.registration.models import Organisation, OrganisationName, Registration, Seat, allotment
from shared.database import Asked, ask, new_id
from shared.events.catalog import OrganisationChanged
from shared.events.registration import OrganisationProposed
from shared.i18n import sort_key
from shared.messaging import record

_NAMED = """
    SELECT coalesce(target.id, named.id) AS id, coalesce(target.title, named.title) AS title,
           coalesce(target.sort_key, named.sort_key) AS sort_key
    FROM organisation_name JOIN organisation AS named ON named.id = organisation_name.organisation_id
    LEFT JOIN organisation AS target ON target.id = named.merged_into
    WHERE organisation_name.key = %(key)s
"""
_BY_ID = """
    SELECT coalesce(target.id, named.id) AS id, coalesce(target.title, named.title) AS title
    FROM organisation AS named LEFT JOIN organisation AS target ON target.id = named.merged_into WHERE named.id = %(id)s
"""
_MERGE_COUNTERS = text("""
    WITH gone AS (DELETE FROM seat_ledger WHERE organisation_id = :gone RETURNING *)
    INSERT INTO seat_ledger (activity_id, organisation_id, max_seats, confirmed, offered, waiting)
    SELECT activity_id, :target, max_seats, confirmed, offered, waiting FROM gone
    ON CONFLICT (activity_id, organisation_id) DO UPDATE SET
        confirmed = seat_ledger.confirmed + EXCLUDED.confirmed,
        offered = seat_ledger.offered + EXCLUDED.offered,
        waiting = seat_ledger.waiting + EXCLUDED.waiting,
        max_seats = CASE WHEN seat_ledger.max_seats IS NOT NULL THEN greatest(
            seat_ledger.max_seats, seat_ledger.confirmed + seat_ledger.offered + EXCLUDED.confirmed + EXCLUDED.offered) END
""")


@dataclass(frozen=True, slots=True)
class Known:
    """An organisation to register for."""

    id: UUID
    title: str


def find_organisation(session: Session, written: str) -> Known | None:
    """The organisation that `written` names: by its title or an alias, whatever the case and marks.

    A merged one is what it became. None if there is none, or if several share the name.
    """
    [rows] = ask(session, naming(written))
    return the_one_named(written, rows)


def organisation_by_id(session: Session, organisation_id: UUID) -> Known | None:
    """The organisation, or what it was merged into."""
    [rows] = ask(session, Asked(_BY_ID, {"id": organisation_id}))
    return Known(*rows[0]) if rows else None


def naming(written: str) -> Asked:
    """Asks for what `the_one_named` needs."""
    return Asked(_NAMED, {"key": sort_key(written)})


def the_one_named(written: str, rows: Iterable[Any]) -> Known | None:
    """As `find_organisation`, by what `naming` has answered."""
    key = sort_key(written)
    found = {row.id: row for row in rows}
    by_title = [row for row in found.values() if row.sort_key == key]
    candidates = by_title if len(by_title) == 1 else list(found.values())
    return Known(candidates[0].id, candidates[0].title) if len(candidates) == 1 else None


def similar_organisations(session: Session, written: str, *, most: int = 6) -> list[Organisation]:
    """Organisations of the register that `written` may mean, the likeliest first.

    An å, ä or ö may be missing, words may have changed places, and an s may be too many.
    """
    likeness = SequenceMatcher(b=_plain(written))
    words = [word.removesuffix("s")[:6] for word in sort_key(written).split() if len(word) > 2][:6]
    if not words:
        return []
    query = (
        select(Organisation, OrganisationName.key)
        .join(OrganisationName, OrganisationName.organisation_id == Organisation.id)
        .where(Organisation.status == "active", or_(*(OrganisationName.key.like(f"%{_tolerant(word)}%") for word in words)))
        .limit(500)
    )
    best: dict[Organisation, float] = {}
    for organisation, key in session.execute(query):
        likeness.set_seq1(_plain(key))
        best[organisation] = max(best.get(organisation, 0.0), likeness.ratio())
    ranked = sorted(best, key=lambda organisation: (-best[organisation], organisation.sort_key))
    return [organisation for organisation in ranked if best[organisation] >= 0.75 * best[ranked[0]]][:most]


def propose_organisation(session: Session, title: str) -> Known:
    """Take an organisation that is not in the register into use at once; the catalogue's staff accept or merge it later."""
    organisation = Organisation(
        id=new_id(), title=title, kind="other", status="pending", merged_into=None, sort_key=sort_key(title)
    )
    session.add(organisation)
    session.flush()
    _keep_names(session, organisation.id, (title,))
    record(session, OrganisationProposed(organisation_id=organisation.id, title=title), key=f"organisation:{organisation.id}")
    return Known(organisation.id, title)


def keep_organisation(session: Session, event: OrganisationChanged) -> None:
    """Know the organisation as the register has it. A merged one gives its people and seats to what it became."""
    facts = {
        "title": event.title,
        "kind": event.kind,
        "status": event.status,
        "merged_into": _last(session, event.merged_into),
        "sort_key": sort_key(event.title),
    }
    statement = insert(Organisation).values(id=event.organisation_id, **facts)
    session.execute(statement.on_conflict_do_update(index_elements=[Organisation.id], set_=facts))
    _keep_names(session, event.organisation_id, (event.title, *event.aliases))
    target = facts["merged_into"]
    if isinstance(target, UUID):
        session.execute(update(Organisation).where(Organisation.merged_into == event.organisation_id).values(merged_into=target))
        _merge(session, event.organisation_id, target)


def _merge(session: Session, gone: UUID, target: UUID) -> None:
    """Everybody keeps the seat, even where the two together have more than one may have; from now on they count as one."""
    lock_offerings(session, session.scalars(select(Seat.activity_id).where(Seat.organisation_id == gone).distinct()).all())
    session.execute(update(Seat).where(Seat.organisation_id == gone).values(organisation_id=target))
    session.execute(update(Registration).where(Registration.organisation_id == gone).values(organisation_id=target))
    session.execute(_MERGE_COUNTERS, {"gone": gone, "target": target})
    session.execute(delete(allotment).where(allotment.c.organisation_id == gone))


def _last(session: Session, merged_into: UUID | None) -> UUID | None:
    """What an organisation was merged into may have been merged since: the events of two organisations have no order."""
    if merged_into is None:
        return None
    further = session.scalar(select(Organisation.merged_into).where(Organisation.id == merged_into))
    return further or merged_into


def _keep_names(session: Session, organisation_id: UUID, names: tuple[str, ...]) -> None:
    session.execute(delete(OrganisationName).where(OrganisationName.organisation_id == organisation_id))
    keys = {sort_key(name) for name in names} - {""}
    if keys:
        session.execute(insert(OrganisationName), [{"key": key, "organisation_id": organisation_id} for key in sorted(keys)])


def _plain(name: str) -> str:
    """For comparing: words in a fixed order, without easily forgotten marks (a sort key's å, ä, ö are signs after z)."""
    return " ".join(sorted(sort_key(name).translate(str.maketrans("{|}", "aao")).split()))


def _tolerant(word: str) -> str:
    """A LIKE pattern in which a, o and their marked kin are any letter."""
    return "".join("_" if letter in "ao{|}" else letter for letter in word)
