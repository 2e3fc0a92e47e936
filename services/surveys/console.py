"""What surveys tells the operations console: of activities and their surveys, never of who has answered or when."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.surveys.models import Activity, KeptAttendance, Survey
from shared.i18n import N_, _
from shared.operations.expectations import late_work, unsettled
from shared.operations.hooks import Clues, Expectation, Hooks, Overdue, Step


def steps(session: Session, clues: Clues) -> Sequence[Step]:
    """When an activity's survey closes, and a closed attendance that has led to none."""
    query = (
        select(Survey, Activity.title).join(Activity, Activity.id == Survey.activity_id).where(Survey.activity_id.in_(clues.ids))
    )
    waiting = session.scalars(select(KeptAttendance).where(KeptAttendance.activity_id.in_(clues.ids)))
    return [
        *(
            Step(
                survey.closed_at or survey.closes_at,
                _("Enkäten stängdes") if survey.closed_at else _("Enkäten stänger"),
                title,
                "success" if survey.closed_at else "info",
            )
            for survey, title in session.execute(query.where(Survey.activity_id.in_(clues.ids)))
            if survey.closes_at
        ),
        *(Step(kept.closed_at, _("Närvaron har inte lett till någon enkät än"), "", "warning", stuck=True) for kept in waiting),
    ]


def attendance_without_survey(session: Session, at: datetime, most: int) -> list[Overdue]:
    """A closed attendance that has led to no survey after ten minutes, though its survey is not switched off."""
    off = select(Survey.id).where(Survey.activity_id == KeptAttendance.activity_id, Survey.switched_off).exists()
    before = at - timedelta(minutes=10)
    query = select(KeptAttendance).where(KeptAttendance.closed_at < before, ~off)
    rows = session.scalars(query.order_by(KeptAttendance.closed_at).limit(most))
    kept = [Overdue(kept.activity_id, kept.closed_at) for kept in rows]
    unheard = unsettled(session, "surveys", "attendance.closed", before, most)
    return sorted([*kept, *unheard], key=lambda each: each.since)[:most]


def unclosed(session: Session, at: datetime, most: int) -> list[Overdue]:
    """A survey that is still open though its time is over."""
    query = select(Survey.activity_id, Survey.closes_at).where(
        Survey.state == "open", Survey.closes_at < at - timedelta(minutes=10)
    )
    return [Overdue(row.activity_id, row.closes_at) for row in session.execute(query.order_by(Survey.closes_at).limit(most))]


HOOKS = Hooks(
    steps=steps,
    expectations=[
        Expectation("survey", N_("Stängda närvarolistor utan enkät"), attendance_without_survey),
        Expectation("closing", N_("Enkäter som inte har stängts i tid"), unclosed),
        Expectation("due", N_("Planerat arbete som inte har gjorts i tid"), late_work),
    ],
)
