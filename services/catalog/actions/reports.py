"""The final report: the figures as they are, frozen and published."""

from dataclasses import asdict
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from services.catalog.actions.participations import forget_people
from services.catalog.errors import AlreadyPublished, NothingToReport, ProjectIsDraft
from services.catalog.models import FinalReport, Project
from services.catalog.queries.figures import project_figures, survey_results
from services.catalog.sentences import report_sentence
from shared.i18n import in_language


def publish_report(session: Session, project: Project, *, published_by: UUID | None, now: datetime) -> FinalReport:
    """Freeze the figures and the survey results, finish the project, and forget who was who.

    Raises `ProjectIsDraft`, `AlreadyPublished`, and `NothingToReport` when no attendance has been closed.
    """
    if project.status == "draft":
        raise ProjectIsDraft
    if project.status == "finished":
        raise AlreadyPublished
    forget_people(session, project.id)  # first: it waits for an attendance that is being kept, and stops the next
    figures = project_figures(session, project.id)
    if not figures.participations:
        raise NothingToReport
    with in_language("sv"):
        sentence = report_sentence(figures)
    with in_language("en"):
        sentence_en = report_sentence(figures)
    report = FinalReport(
        project_id=project.id,
        figures=asdict(figures),
        sentence=sentence,
        sentence_en=sentence_en,
        surveys=[result.frozen() for result in survey_results(session, project.id)],
        published_at=now,
        published_by=published_by,
    )
    session.add(report)
    project.status, project.finished_at = "finished", now
    session.flush()
    return report
