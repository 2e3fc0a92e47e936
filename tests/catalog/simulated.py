"""What the other services would say of the demonstration's finished project: 130 people of 33 organisations, 278 presences."""

from uuid import UUID, uuid5

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.catalog.models import Activity, Organisation
from tests.catalog.cast import SPACE, Cast

PEOPLE, ORGANISATIONS, PARTICIPATIONS = 130, 33, 278


def attend_and_answer(session: Session, project_id: UUID) -> None:
    """Everybody comes once; then they come again in turn until there are enough. Each activity's survey is answered."""
    activities = session.scalars(select(Activity).where(Activity.project_id == project_id).order_by(Activity.starts_at)).all()
    homes = session.scalars(select(Organisation.id).order_by(Organisation.sort_key).limit(ORGANISATIONS)).all()
    people = [(uuid5(SPACE, f"person {number}"), homes[number % ORGANISATIONS]) for number in range(PEOPLE)]
    cast = Cast.__new__(Cast)
    cast.session = session
    for number, activity in enumerate(activities):
        there = [people[turn % PEOPLE] for turn in range(PARTICIPATIONS) if (turn + turn // PEOPLE) % len(activities) == number]
        cast.attended(activity, *there, excused=1)
        cast.answered(activity, mean=3.5 + number / 20, answered=len(there) * 2 // 3)
