"""The demonstration's part of the catalogue: staff, organisations, focus areas, proposals, three projects, one final report.

Loaded through the own actions, with dates relative to today. Every id is made of a name, so that a second run finds what
the first has made, and does nothing.
"""

import time
from collections.abc import Callable

from sqlalchemy import func, select
from sqlalchemy.orm import Session, sessionmaker

from services.catalog.actions.reports import publish_report
from services.catalog.demo.projects import load_projects
from services.catalog.demo.register import demo_id, load_proposals, load_register, load_staff
from services.catalog.models import Activity, Attendance, Project, SurveyResult
from shared.clock import now

FINISHED = "naringslivets-grona-omstallning"
PATIENCE = 90.0
"""Seconds to wait for the other services' facts. Longer than they take on a slow machine; without them there is no report."""
RESULTS_PATIENCE = 30.0


def load(sessions: sessionmaker[Session]) -> None:
    """Load what is missing, then wait for the attendance and the survey results that the final report is computed from."""
    moment = now()
    for step in (load_register, load_staff, load_proposals, load_projects):
        with sessions.begin() as session:
            said = step(session, moment)
        print(f"catalog: {said}", flush=True)
    print(f"catalog: {_report(sessions)}", flush=True)


def _report(sessions: sessionmaker[Session]) -> str:
    project_id = demo_id("project", FINISHED)
    with sessions() as session:
        project = session.get_one(Project, project_id)
        activities = session.scalar(select(func.count()).select_from(Activity).where(Activity.project_id == project_id)) or 0
        if project.status == "finished":
            return "the final report is published already"

    def count(model: type[Attendance] | type[SurveyResult]) -> int:
        with sessions() as session:
            return session.scalar(select(func.count()).select_from(model).where(model.project_id == project_id)) or 0

    if not _wait(lambda: count(Attendance) >= activities, PATIENCE):
        return (
            f"the final report waits: {count(Attendance)} of {activities} attendances have arrived (load the demonstration again)"
        )
    _wait(lambda: count(SurveyResult) >= activities, RESULTS_PATIENCE)
    results = count(SurveyResult)
    with sessions.begin() as session:
        report = publish_report(
            session, session.get_one(Project, project_id), published_by=demo_id("staff", "karin-ek"), now=now()
        )
    return f"{report.sentence} ({results} surveys)"


def _wait(arrived: Callable[[], bool], seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while not arrived():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.1)
    return True
