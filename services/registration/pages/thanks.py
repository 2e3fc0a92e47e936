"""The thanks page: what a sent form led to. It shows the receipt, never the registration."""

from dataclasses import dataclass
from uuid import UUID

from fastapi import APIRouter, Request
from sqlalchemy import select
from starlette.responses import Response

from services.registration import queries
from services.registration.errors import ReceiptIsGone
from services.registration.models import Offering, Project
from services.registration.settings import current
from shared.web import SessionDep, limit_misses, render

router = APIRouter()


@dataclass(frozen=True)
class Outcome:
    """One line of the receipt, with its activity."""

    offering: Offering
    state: str
    mode: str
    place: int | None
    because: str | None


@router.get("/anmalan/tack/{key}", dependencies=[limit_misses()])
def show_thanks(request: Request, session: SessionDep, key: str, igen: str = "") -> Response:
    """What was registered, what happens next. `igen`: the form had been received before."""
    receipt = queries.receipt_by_key(session, key)
    if receipt is None:
        raise ReceiptIsGone
    ids = [UUID(line["activity_id"]) for line in receipt.outcomes]
    offerings = {offering.id: offering for offering in session.scalars(select(Offering).where(Offering.id.in_(ids)))}
    outcomes = [
        Outcome(offerings[UUID(line["activity_id"])], line["state"], line["mode"], line["place"], line["because"])
        for line in receipt.outcomes
    ]
    outcomes.sort(key=lambda outcome: outcome.offering.starts_at)
    return render(
        request,
        "registration/thanks.html",
        receipt=receipt,
        project=session.get(Project, receipt.project_id),
        outcomes=outcomes,
        again=bool(igen),
        offer_hours=current().offer_hours,
    )
