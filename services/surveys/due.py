"""What this service has asked itself to do later."""

from datetime import datetime
from uuid import UUID

from shared.events import Event


class ClosingTimeReached(Event, name="survey.closing_time_reached"):
    """The time to answer a survey is over. Key: the survey."""

    survey_id: UUID
    closes_at: datetime
    """The time that was meant: a survey whose time has been moved since is left alone."""


def closing_key(survey_id: UUID) -> str:
    """The key of a survey's closing among due work."""
    return f"survey-closing:{survey_id}"
