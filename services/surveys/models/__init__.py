"""The nouns of the surveys, which guard their own state."""

from services.surveys.models.ballots import Ballot, Invitation, Response, Result, Slip
from services.surveys.models.base import Base
from services.surveys.models.known import Activity, KeptAttendance, Project
from services.surveys.models.survey import Mode, Question, Survey

__all__ = [
    "Activity",
    "Ballot",
    "Base",
    "Invitation",
    "KeptAttendance",
    "Mode",
    "Project",
    "Question",
    "Response",
    "Result",
    "Slip",
    "Survey",
]
